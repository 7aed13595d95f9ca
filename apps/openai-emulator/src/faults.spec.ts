// What can be made to go wrong, seen as a client sees it: by directive, by header, by rule.

import { request as httpRequest } from 'node:http';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';

import type { JournalEntry, RunningEmulator } from './index.js';
import { startEmulator } from './index.js';

const model = 'gpt-6-luna';
let emulator: RunningEmulator;
let client: OpenAI;

beforeAll(async () => {
  emulator = await startEmulator();
  client = new OpenAI({ apiKey: 'sk-test', baseURL: `${emulator.url}/v1`, maxRetries: 0 });
});
afterEach(() => emulator.control.reset());
afterAll(() => emulator.close());

interface Raw {
  status: number | undefined;
  headers: Record<string, unknown>;
  text: string;
  /** Code of the socket error, when the body broke off. */
  error: string | undefined;
}

/** One request without a client library between. */
function raw(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Raw> {
  return new Promise((resolve) => {
    const result: Raw = { status: undefined, headers: {}, text: '', error: undefined };
    const request = httpRequest(
      emulator.url + path,
      { method: 'POST', headers: { authorization: 'Bearer sk-test', ...headers } },
      (response) => {
        result.status = response.statusCode;
        result.headers = response.headers;
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (result.text += chunk));
        response.on('error', (error: NodeJS.ErrnoException) => (result.error = error.code));
        response.on('close', () => resolve(result));
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      result.error ??= error.code;
      resolve(result);
    });
    request.end(JSON.stringify(body));
  });
}

/** Until the request of a journal entry is over; the test's own limit bounds it. */
async function ended(entry: JournalEntry): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (entry.outcome === 'running') await ended(entry);
}

const stream = (input: string, headers?: Record<string, string>) =>
  raw('/v1/responses', { model, input, stream: true }, headers);

function events(text: string): { type: string; sequence_number: number; delta?: string }[] {
  const lines = text.split('\n').filter((line) => line.startsWith('data: '));
  return lines.map((line) => JSON.parse(line.slice(6)) as { type: string; sequence_number: number });
}

describe('failing answers', () => {
  test.each<[string, number, string, string | null]>([
    ['500', 500, 'server_error', null],
    ['503', 503, 'service_unavailable_error', 'server_is_overloaded'],
    ['429', 429, 'requests', 'rate_limit_exceeded'],
    ['quota', 429, 'insufficient_quota', 'insufficient_quota'],
    ['quota code=credit_balance_exhausted', 429, 'insufficient_quota', 'credit_balance_exhausted'],
    ['slow_down', 429, 'rate_limit_error', 'slow_down'],
    ['401', 401, 'invalid_request_error', 'invalid_api_key'],
    ['context', 400, 'invalid_request_error', 'context_length_exceeded'],
    ['locked', 400, 'invalid_request_error', 'conversation_locked'],
    ['418', 418, 'invalid_request_error', null],
  ])('[[fail %s]]', async (what, status, type, code) => {
    const answer = await raw('/v1/responses', { model, input: `[[fail ${what}]]` });
    expect(answer.status).toBe(status);
    const { error } = JSON.parse(answer.text) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ type, code, message: expect.any(String) });
    expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code']);
    expect(answer.headers['x-request-id']).toMatch(/^req_/);
  });

  test('tells when to come back, and succeeds after the asked number of failures', async () => {
    const body = { model, input: '[[fail 429 retry-after=2 times=2]] Hi' };
    const first = await raw('/v1/responses', body);
    expect(first.headers).toMatchObject({ 'retry-after': '2', 'x-ratelimit-remaining-requests': '0' });
    const later = [await raw('/v1/responses', body), await raw('/v1/responses', body)];
    expect(later.map((answer) => answer.status)).toEqual([429, 200]);
    expect(later[1]?.text).toContain('You said: Hi');
    const other = await raw('/v1/responses', { ...body, input: `${body.input} you` });
    expect(other.status).toBe(429);
  });

  test('keys: none and a bad one', async () => {
    const bad = new OpenAI({ apiKey: 'sk-invalid', baseURL: `${emulator.url}/v1`, maxRetries: 0 });
    await expect(bad.models.list()).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' });
    expect((await fetch(`${emulator.url}/v1/models`)).status).toBe(401);
    const [first] = emulator.control.journal();
    expect(JSON.stringify(first)).not.toContain('sk-invalid');
    expect(first?.key).toMatch(/^[0-9a-f]{12}$/);
  });

  test('a page where an answer was due', async () => {
    const answer = await stream('[[html-200]]');
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
  });

  test('dead APIs are gone and noted', async () => {
    for (const path of ['/v1/assistants', '/v1/threads/t/runs', '/v1/prompts']) {
      expect((await raw(path, {})).status).toBe(404);
    }
    expect(emulator.control.journal().map((entry) => entry.dead_api)).toEqual([true, true, true]);
  });
});

describe('broken streams', () => {
  test('cut resets the connection after the asked deltas', async () => {
    const answer = await stream('[[tokens 9]] [[cut after 3]]');
    expect(answer.error).toBe('ECONNRESET');
    expect(events(answer.text).filter((event) => event.type === 'response.output_text.delta')).toHaveLength(
      3,
    );
  });

  test('fin ends cleanly without a terminal event', async () => {
    const answer = await stream('[[tokens 9]] [[fin after 2]]');
    expect(answer.error).toBeUndefined();
    expect(events(answer.text).at(-1)).toMatchObject({ type: 'response.output_text.delta', delta: ' 2' });
  });

  test('hang with an end is a stall, the text is whole', async () => {
    const started = performance.now();
    const answer = await stream('[[tokens 5]] [[hang after 2 ms=60]]');
    expect(performance.now() - started).toBeGreaterThanOrEqual(59);
    expect(events(answer.text).at(-1)?.type).toBe('response.completed');
  });

  test('hang without an end holds the answer until the client leaves', async () => {
    const controller = new AbortController();
    const hanging = await client.responses.create(
      { model, input: '[[tokens 5]] [[hang after 2]]', stream: true },
      { signal: controller.signal },
    );
    const [entry] = emulator.control.journal();
    let seen = 0;
    for await (const event of hanging) {
      if (event.type === 'response.output_text.delta') seen += 1;
      if (seen === 2) setTimeout(() => controller.abort(), 30);
    }
    await ended(entry!);
    expect({ seen, entry }).toMatchObject({ seen: 2, entry: { outcome: 'client_aborted', tokens_sent: 2 } });
  });

  test('hang before holds every answer back, for ever or for a while', async () => {
    const late = performance.now();
    expect(
      (await client.models.list({ headers: { 'x-emulator-fault': 'hang before ms=40' } })).data.length,
    ).toBeGreaterThan(0);
    expect((await client.responses.create({ model, input: '[[hang before ms=40]] Hi' })).status).toBe(
      'completed',
    );
    expect(performance.now() - late).toBeGreaterThanOrEqual(79);
    const never = client.responses.create({ model, input: '[[hang before]] Hi' }, { timeout: 50 });
    await expect(never).rejects.toThrow();
    const entry = emulator.control.journal().at(-1)!;
    await ended(entry);
    expect(entry).toMatchObject({ outcome: 'client_aborted', fault: 'hang before' });
    expect(entry.status).toBeUndefined();
  });

  test('repeated, missing and late events', async () => {
    const numbers = (text: string) => events(text).map((event) => event.sequence_number);
    const twice = numbers((await stream('[[tokens 5]] [[duplicate-seq after 2]]')).text);
    expect(twice.filter((number, index) => twice.indexOf(number) !== index)).toEqual([5]);
    const gap = numbers((await stream('[[tokens 5]] [[missing-seq after 2]]')).text);
    expect(gap).not.toContain(6);
    expect(gap).toContain(7);
    const late = events((await stream('[[tokens 5]] [[events-after-terminal]]')).text).map(
      (event) => event.type,
    );
    expect(late.slice(-3)).toEqual([
      'response.completed',
      'response.output_text.delta',
      'response.completed',
    ]);
  });

  test('bad framing', async () => {
    expect((await stream('[[tokens 300]] [[no-blank-line]]')).text).toMatch(/"response.completed".*\}\n$/);
    const malformed = await stream('[[tokens 5]] [[malformed after 2]]');
    expect(() => events(malformed.text)).toThrow(SyntaxError);
    expect((await stream('[[tokens 2]] [[huge-line after 1 size=5000000]]')).text.length).toBeGreaterThan(
      5_000_000,
    );
  });

  test('errors inside the stream', async () => {
    const failed = events(
      (await stream('[[tokens 5]] [[response-failed after 2 code=rate_limit_exceeded]]')).text,
    );
    expect(failed.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', error: { code: 'rate_limit_exceeded' } },
    });
    expect(events((await stream('[[tokens 5]] [[error-event after 2]]')).text).at(-1)).toMatchObject({
      type: 'error',
    });
    const incomplete = events((await stream('[[incomplete max_output_tokens]] Hi')).text).at(-1);
    expect(incomplete).toMatchObject({ type: 'response.incomplete' });
  });

  test('an answer that is not streamed breaks in its middle', async () => {
    const answer = await raw('/v1/responses', { model, input: '[[cut after 1]] Hi' });
    expect(answer.error).toBe('ECONNRESET');
    const chat = await raw('/v1/chat/completions', {
      model,
      messages: [{ role: 'user', content: '[[cut before]]' }],
    });
    expect(chat).toMatchObject({ status: undefined, error: 'ECONNRESET' });
  });
});

describe('faults from outside', () => {
  test('by header', async () => {
    const header = { 'x-emulator-fault': '[[tokens 7]] [[fin after 3]]' };
    expect(events((await stream('Hi', header)).text).at(-1)).toMatchObject({ delta: ' 3' });
    expect((await stream('Hi', { 'x-emulator-fault': 'fail 503' })).status).toBe(503);
  });

  test('a rejoined stream can be cut again, and again', async () => {
    const first = await raw('/v1/responses', {
      model,
      input: '[[tokens 9]] [[cut after 3]]',
      background: true,
      stream: true,
    });
    const { response_id: id } = emulator.control.journal()[0]!;
    await fetch(`${emulator.url}/_emulator/rules`, {
      method: 'POST',
      body: JSON.stringify({
        match: { path: '/v1/responses/', method: 'GET' },
        directive: 'fin after 2',
        times: 1,
      }),
    });
    const rejoin = async (after: number) => {
      const headers = { authorization: 'Bearer sk-test' };
      const answer = await fetch(`${emulator.url}/v1/responses/${id}?stream=true&starting_after=${after}`, {
        headers,
      });
      return events(await answer.text());
    };
    const second = await rejoin(events(first.text).at(-1)!.sequence_number);
    const third = await rejoin(second.at(-1)!.sequence_number);
    const all = [...events(first.text), ...second, ...third];
    expect(second).toHaveLength(2);
    expect(all.map((event) => event.sequence_number)).toEqual(all.map((_, index) => index));
    expect(all.at(-1)?.type).toBe('response.completed');
  });

  test('by rule, on any route, a number of times', async () => {
    const post = (path: string, body: unknown) =>
      fetch(`${emulator.url}/_emulator${path}`, { method: 'POST', body: JSON.stringify(body) });
    await post('/rules', {
      match: { path: '/v1/models', method: 'GET' },
      directive: '[[fail 500]]',
      times: 1,
    });
    await post('/rules', { match: { contains: 'needle' }, directive: 'tokens 3' });
    await expect(client.models.list()).rejects.toMatchObject({ status: 500 });
    expect((await client.models.list()).data.length).toBeGreaterThan(10);
    expect((await client.responses.create({ model, input: 'a needle' })).output_text).toBe('1 2 3');
    expect((await post('/rules', { directive: 5 })).status).toBe(400);
  });

  test('defaults hold for everybody, models end with the clock, the journal answers', async () => {
    emulator.control.setDefaults({ delta_chars: 1 });
    const answer = await stream('[[say abc]]');
    expect(events(answer.text).filter((event) => event.delta !== undefined)).toHaveLength(3);
    expect(() => emulator.control.setDefaults({ ttft_ms: -1 })).toThrow(/ttft_ms/);

    const found = (id: string) => client.models.retrieve(id);
    expect((await found('gpt-4o')).shutdown_date).toBe('2027-01-14');
    await fetch(`${emulator.url}/_emulator/clock`, {
      method: 'POST',
      body: '{"now":"2027-01-14T00:00:00Z"}',
    });
    await expect(found('gpt-4o')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
    expect((await found('emu-anything')).id).toBe('emu-anything');

    const journal = await fetch(`${emulator.url}/_emulator/journal?path=/v1/responses&since=0`);
    expect(await journal.json()).toMatchObject([
      {
        method: 'POST',
        route: '/responses',
        body: { model },
        status: 200,
        outcome: 'answered',
        tokens_sent: 3,
      },
    ]);
  });

  test('weather', async () => {
    const weather = (city: string) =>
      fetch(`${emulator.url}/openweather/data/2.5/weather?q=${city}&units=metric&appid=k`);
    const [one, again] = [await (await weather('Berlin')).json(), await (await weather('Berlin')).json()];
    expect(one).toEqual(again);
    expect(one).toMatchObject({ name: 'Berlin', main: { temp: expect.any(Number) } });
    expect((await weather('Nowhere')).status).toBe(404);
    expect((await weather('Broken')).status).toBe(500);
  });
});
