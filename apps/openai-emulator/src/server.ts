// The front of the emulator: reads a request, journals it, checks the key, applies faults from outside, routes.

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import type { Emulator } from './emulator.js';
import { ApiError, failure } from './errors.js';
import { faultsOf, replacesAnswer, strike } from './faults.js';
import { DOWNLOADABLE } from './files/purposes.js';
import { isBodyFault, spoilt } from './http/body-faults.js';
import { Exchange } from './http/exchange.js';
import { readJson } from './http/read-body.js';
import { emptyForm, isForm, readForm } from './http/read-form.js';
import type { JournalEntry } from './journal.js';
import { keyDigest, withoutSecrets } from './journal.js';
import { bare } from './rules.js';

/** Surfaces that OpenAI has shut down, or shuts down within days: nobody should still ask for them. */
const DEAD_API = /^\/v1\/(?:assistants|threads|prompts)(?:\/|$)/;
const CONTROL = '/_emulator/';
const INVALID_KEY = 'sk-invalid';

export function createEmulatorServer(emulator: Emulator): Server {
  const server = createServer((request, response) => {
    void serve(emulator, request, response);
  });
  server.keepAliveTimeout = 75_000;
  server.headersTimeout = 80_000;
  server.requestTimeout = 0;
  emulator.door.guard(server);
  return server;
}

async function serve(emulator: Emulator, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const split = url.indexOf('?');
  const path = split < 0 ? url : url.slice(0, split);
  const query = split < 0 ? '' : url.slice(split + 1);
  let exchange: Exchange | undefined;
  let unreadable: ApiError | undefined;
  try {
    if (isForm(request)) {
      // In the journal before it has come: a long upload can be watched.
      exchange = open(emulator, request, response, path, query, undefined);
      await takeForm(emulator, exchange);
      // A fault of the body was the answer.
      if (exchange.ended) return await exchange.form?.file?.content.drop();
    } else exchange = open(emulator, request, response, path, query, await readJson(request));
  } catch (error) {
    // The connection broke off while the body came in, or the body is bad; the second deserves an answer.
    if (!(error instanceof ApiError)) return;
    unreadable = error;
    exchange ??= open(emulator, request, response, path, query, undefined);
  }
  try {
    if (unreadable !== undefined) throw unreadable;
    const match = emulator.router.find(method, path.endsWith('/') ? path.slice(0, -1) : path);
    exchange.entry.route = match?.template.replace(/^\/v1/, '');
    if (!path.startsWith(CONTROL)) {
      if (path.startsWith('/v1/')) checkKey(request);
      const wait = strikeFromOutside(emulator, exchange);
      if (wait === undefined) return;
      if (wait > 0) await delay(wait);
    }
    if (match === undefined) throw ApiError.notFound(`Invalid URL (${method} ${path})`);
    exchange.params = match.params;
    await match.handler(exchange);
  } catch (error) {
    exchange.error(error instanceof ApiError ? error : failure('500'));
    if (!(error instanceof ApiError)) emulator.report(error);
  } finally {
    if (exchange.form?.file?.taken === false) await exchange.form.file.content.drop();
  }
}

/** Reads the form of an exchange; faults of the body may have ended the exchange meanwhile. */
async function takeForm(emulator: Emulator, exchange: Exchange): Promise<void> {
  const { request, entry, path } = exchange;
  const form = emptyForm();
  exchange.form = form;
  exchange.body = form.summary;
  if (emulator.settings.journal_bodies) entry.body = form.summary;
  const faults = emulator.rules.take(entry.method, path, undefined, isBodyFault);
  const header = directivesOf(request).filter(isBodyFault);
  const body = spoilt(request, exchange, [...faults, ...header]);
  try {
    await readForm(
      request,
      body,
      form,
      ({ fields: { purpose } }) => purpose === undefined || DOWNLOADABLE.has(purpose),
    );
  } catch (error) {
    await form.file?.content.drop();
    throw error;
  }
}

const connections = new WeakMap<Socket, number>();
let connectionCount = 0;

function numberOf(socket: Socket): number {
  let number = connections.get(socket);
  if (number === undefined) connections.set(socket, (number = ++connectionCount));
  return number;
}

function open(
  emulator: Emulator,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  query: string,
  body: unknown,
): Exchange {
  const { settings, journal } = emulator;
  const entry: JournalEntry = {
    n: 0,
    connection: numberOf(request.socket),
    time: new Date().toISOString(),
    method: request.method ?? 'GET',
    path,
    query,
    headers: withoutSecrets(request.headers),
    key: keyDigest(bearer(request)),
    body: settings.journal_bodies ? body : undefined,
    route: undefined,
    response_id: undefined,
    status: undefined,
    outcome: 'running',
    fault: undefined,
    error_code: undefined,
    dead_api: DEAD_API.test(path),
    stream: false,
    tokens_sent: 0,
    duration_ms: undefined,
  };
  // What a test asks of the emulator itself is not what was asked of OpenAI.
  if (!path.startsWith(CONTROL)) journal.add(entry, settings.journal_entries);
  const exchange = new Exchange(request, response, path, query, body, entry);
  if (settings.separate_projects) exchange.project = String(request.headers['openai-project'] ?? '');
  return exchange;
}

function checkKey(request: IncomingMessage): void {
  const key = bearer(request);
  if (key === undefined) {
    throw new ApiError(
      401,
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
      'invalid_request_error',
    );
  }
  if (key === INVALID_KEY) throw failure('401');
}

function bearer(request: IncomingMessage): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Of the fault header, without brackets. */
function directivesOf(request: IncomingMessage): string[] {
  const header = request.headers['x-emulator-fault'];
  return typeof header === 'string' ? header.split(/\]\]\s*(?=\[\[)/).map(bare) : [];
}

/**
 * Applies header and rules; what shapes an answer is left to the handler in `exchange.directives`.
 * @returns ms to wait before the handler's turn; undefined when a fault took the whole answer
 */
function strikeFromOutside(emulator: Emulator, exchange: Exchange): number | undefined {
  const { request, entry, path, body } = exchange;
  const directives = emulator.rules.take(entry.method, path, body);
  directives.push(...directivesOf(request).filter((directive) => !isBodyFault(directive)));
  let wait = 0;
  for (const directive of directives) {
    const [fault] = faultsOf([directive]);
    if (fault === undefined || !replacesAnswer(fault)) {
      exchange.directives.push(directive);
      continue;
    }
    // `times` counts by the body here: the message is not known yet, and other routes have none.
    if (!emulator.faults.strikes(fault, `${path}\n${JSON.stringify(body) ?? ''}`)) continue;
    const ms = fault.kind === 'hang' ? Number(fault.options['ms'] ?? 0) : 0;
    wait += ms;
    if (ms > 0) continue;
    strike(fault, exchange);
    return undefined;
  }
  return wait;
}
