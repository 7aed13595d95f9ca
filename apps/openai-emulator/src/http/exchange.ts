// One request and its answer: headers as OpenAI sends them, JSON or a stream, and the journal's record of how it ended.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';

import { ApiError } from '../errors.js';
import type { FileBytes } from '../files/file-bytes.js';
import { newId } from '../ids.js';
import type { JournalEntry, Outcome } from '../journal.js';
import type { Form } from './read-form.js';

/** Headers that never change, as node takes them fastest: name, value, name, value. */
const FIXED = [
  'openai-version',
  '2020-10-01',
  'openai-organization',
  'org-emulator',
  'x-ratelimit-limit-requests',
  '10000',
  'x-ratelimit-limit-tokens',
  '30000000',
  'x-ratelimit-remaining-tokens',
  '29999000',
  'x-ratelimit-reset-tokens',
  '2ms',
];

export class Exchange {
  readonly started = performance.now();
  readonly requestId = newId('req_');
  /** Directives of the fault header and of matching rules, without brackets. */
  directives: string[] = [];
  params: Record<string, string> = {};
  /** The body, where it is multipart. */
  form: Form | undefined;
  /** Whose files and vector stores may be seen; undefined: all. */
  project: string | undefined;
  private parsedQuery: URLSearchParams | undefined;
  /** Called when the client goes away before the answer is complete. */
  onAbort: (() => void) | undefined;

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly path: string,
    private readonly queryText: string,
    public body: unknown,
    readonly entry: JournalEntry,
  ) {
    response.once('close', () => {
      if (this.entry.outcome !== 'running') return;
      this.finish('client_aborted');
      this.onAbort?.();
    });
  }

  get query(): URLSearchParams {
    this.parsedQuery ??= new URLSearchParams(this.queryText);
    return this.parsedQuery;
  }

  get ended(): boolean {
    return this.entry.outcome !== 'running';
  }

  /** The body as an object. @throws ApiError 400 when it is none. */
  object(): Record<string, unknown> {
    if (typeof this.body === 'object' && this.body !== null && !Array.isArray(this.body)) {
      return this.body as Record<string, unknown>;
    }
    throw ApiError.badRequest('We could not parse the JSON body of your request: an object was expected.');
  }

  json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.send(status, JSON.stringify(value), 'application/json', headers);
  }

  error(error: ApiError): void {
    this.entry.error_code = error.code;
    const limits: Record<string, string> = {};
    if (error.status === 429) {
      const seconds = error.headers['retry-after'];
      limits['x-ratelimit-remaining-requests'] = '0';
      limits['x-ratelimit-reset-requests'] = seconds === undefined ? '1s' : `${seconds}s`;
    }
    this.json(error.status, error.body, { ...limits, ...error.headers });
  }

  send(
    status: number,
    text: string,
    contentType: string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    if (this.ended) return;
    // Too late for an answer of its own: whoever reads the stream must not take it for whole.
    if (this.response.headersSent) return this.destroy('cut');
    const length = Buffer.byteLength(text);
    const head = this.head(contentType, headers);
    head.push('content-length', String(length));
    this.response.writeHead(status, head);
    this.entry.status = status;
    this.finish('answered');
    // As a string it leaves in one write with the headers.
    this.response.end(text);
  }

  /** A body that is no text, or too long for one: as fast as it is read. */
  bytes(content: FileBytes, contentType: string, headers: Readonly<Record<string, string>> = {}): void {
    const source = content.stream();
    if (this.ended || source === undefined) return;
    const head = this.head(contentType, headers);
    head.push('content-length', String(content.size));
    this.response.writeHead(200, head);
    this.entry.status = 200;
    pipeline(source, this.response, (error) => {
      if (error === undefined || error === null) this.finish('answered');
    });
  }

  /** Starts a server-sent event stream. */
  openStream(): void {
    this.entry.status = 200;
    this.entry.stream = true;
    const head = this.head('text/event-stream; charset=utf-8');
    head.push('cache-control', 'no-cache');
    this.response.writeHead(200, head);
    this.response.flushHeaders();
  }

  /** Half of a JSON answer and then nothing: an abrupt end, a clean one, or none. */
  truncated(value: unknown, how: 'cut' | 'fin' | 'hang'): void {
    if (this.ended) return;
    const text = JSON.stringify(value);
    this.entry.status = 200;
    this.response.writeHead(200, this.head('application/json'));
    this.response.write(text.slice(0, Math.ceil(text.length / 2)), () => {
      if (how === 'cut') this.destroy('cut');
    });
    if (how === 'fin') {
      this.finish('fin');
      this.response.end();
    }
  }

  /** Resets the connection (RST): the client sees ECONNRESET. */
  destroy(outcome: Outcome): void {
    if (this.ended) return;
    this.finish(outcome);
    this.request.socket.resetAndDestroy();
  }

  /** Closes the connection without an answer. */
  closeEmpty(): void {
    if (this.ended) return;
    this.finish('fin');
    this.request.socket.end();
  }

  /** Leaves the request without an answer until the client gives up. */
  hang(): void {
    // Nothing to do: the entry stays `running` and the close handler notes the client's departure.
  }

  finish(outcome: Outcome): void {
    this.entry.outcome = outcome;
    this.entry.duration_ms = Math.round((performance.now() - this.started) * 1000) / 1000;
  }

  private head(contentType: string, extra: Readonly<Record<string, string>> = {}): string[] {
    const head = [
      'content-type',
      contentType,
      'x-request-id',
      this.requestId,
      'openai-processing-ms',
      String(Math.round(performance.now() - this.started)),
      'x-ratelimit-remaining-requests',
      extra['x-ratelimit-remaining-requests'] ?? '9999',
      'x-ratelimit-reset-requests',
      extra['x-ratelimit-reset-requests'] ?? '6ms',
      ...FIXED,
    ];
    for (const name in extra) if (!name.startsWith('x-ratelimit-')) head.push(name, extra[name]!);
    return head;
  }
}
