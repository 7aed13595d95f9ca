import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Body, Controller, Get, Logger, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ParleyError } from '#contracts';
import { Metrics } from '../metrics/metrics.js';
import { TelemetryModule } from '../telemetry.module.js';
import { httpAdapter } from './http-adapter.js';
import { ProblemFilter } from './problem.filter.js';
import { observeRequests } from './request-hooks.js';

Logger.overrideLogger(false);

@Controller()
class Doors {
  @Post('echo')
  echo(@Body() body: unknown): { body: unknown } {
    return { body };
  }
  @Get('channels/:channel')
  channel(@Param('channel') channel: string): { channel: string } {
    return { channel };
  }
  @Get('busy')
  busy(): never {
    throw new ParleyError('busy', 'unable to accept; full of secrets', { retryAfterMs: 1_500 });
  }
  @Post('old/echo')
  old(@Body() body: unknown): { body: unknown } {
    return { body };
  }
  @Get('broken')
  broken(): never {
    throw new TypeError('secret is not a function');
  }
}

@Module({ imports: [TelemetryModule], controllers: [Doors] })
class App {}

let app: NestFastifyApplication;
beforeAll(async () => {
  const filter = new ProblemFilter([
    { under: ['/old'], contentType: 'application/json', body: ({ httpStatus }) => ({ old: httpStatus }) },
  ]);
  app = await NestFactory.create(App, httpAdapter(filter), { bodyParser: false });
  app.useGlobalFilters(filter);
  observeRequests(app, app.get(Metrics));
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});
afterAll(() => app.close());

const json = { 'content-type': 'application/json' };

test.each<[string, string, Record<string, string>, number, string]>([
  ['malformed', '{"a":', json, 400, 'invalid_json'],
  ['600 kB', `"${'x'.repeat(600_000)}"`, json, 413, 'too_large'],
  ['depth 100,000', '['.repeat(100_000), json, 400, 'too_complex'],
  ['50,000 members', `{${'"k":1,'.repeat(49_999)}"k":1}`, json, 400, 'too_complex'],
  ['prototype member', '{"__proto__":{"admin":true}}', json, 400, 'invalid_request'],
  ['XML', '<a/>', { 'content-type': 'application/xml' }, 415, 'unsupported_media_type'],
  ['text', 'hello', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
  ['packed', '{}', { ...json, 'content-encoding': 'gzip' }, 415, 'unsupported_media_type'],
  ['UTF-7', '{}', { 'content-type': 'application/json; charset=utf-7' }, 415, 'unsupported_media_type'],
  ['a sequence', '{}', { 'content-type': 'application/json-seq' }, 415, 'unsupported_media_type'],
  ['a form', 'x', { 'content-type': 'multipart/form-data; boundary=x' }, 415, 'unsupported_media_type'],
])('a body that is %s is answered with a problem', async (_, payload, headers, status, code) => {
  const answer = await app.inject({ method: 'POST', url: '/echo', payload, headers });
  expect(answer.statusCode).toBe(status);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.json()).toMatchObject({
    code,
    status,
    type: `urn:parley:error:${code}`,
    trace_id: expect.any(String),
  });
});

test.each<[string, string, Record<string, string>, number]>([
  ['/old/echo', '{', json, 400],
  ['/old/%65cho', '{', json, 400],
  ['/old/echo?q=1', `"${'x'.repeat(600_000)}"`, json, 413],
  ['/old/echo', '<a/>', { 'content-type': 'application/xml' }, 415],
  ['/old/nowhere', '{}', json, 404],
])('%s tells its errors in a form of its own: %#', async (url, payload, headers, status) => {
  const answer = await app.inject({ method: 'POST', url, payload, headers });
  expect([answer.statusCode, answer.json()]).toEqual([status, { old: status }]);
  const other = await app.inject({ method: 'POST', url: '/older', payload: '{}', headers: json });
  expect(other.headers['content-type']).toMatch(/problem/);
});

test('a good body and an absent one pass', async () => {
  const good = await app.inject({ method: 'POST', url: '/echo', payload: '{"a":[1,"ü"]}', headers: json });
  expect(good.json()).toEqual({ body: { a: [1, 'ü'] } });
  expect((await app.inject({ method: 'POST', url: '/echo' })).statusCode).toBe(201);
});

test.each([
  ['/nowhere', 404, 'not_found'],
  ['/channels/%zz', 400, 'invalid_request'],
  ['/busy', 503, 'busy'],
  ['/broken', 500, 'internal'],
])('GET %s fails as a problem that tells no inside', async (url, status, code) => {
  const answer = await app.inject({ url });
  expect(answer.json()).toMatchObject({ status, code });
  expect(answer.body).not.toMatch(/secret|\.ts|stack/);
  expect(answer.headers['retry-after']).toBe(code === 'busy' ? '2' : undefined);
});

test.each(['a/b', 'with space', '🜛'.repeat(256), '会'.repeat(512), 'a:b*?[]{}', '..'])(
  'the channel %j reaches its route',
  async (channel) => {
    const answer = await app.inject({ url: `/channels/${encodeURIComponent(channel)}` });
    // A path of `..` is resolved by clients and routers before anybody sees a name.
    if (channel === '..') expect(answer.statusCode).not.toBe(500);
    else expect(answer.json()).toEqual({ channel });
  },
);

test('the request id comes back, unless it is not one', async () => {
  const mine = await app.inject({ url: '/broken', headers: { 'x-request-id': 'call-7' } });
  expect(mine.headers['x-request-id']).toBe('call-7');
  expect(mine.json()).toMatchObject({ trace_id: 'call-7' });
  const bad = await app.inject({ url: '/health/live', headers: { 'x-request-id': 'x"}\\evil' } });
  expect(bad.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('metrics name the route, never the path', async () => {
  await app.inject({ url: '/channels/somebody-private' });
  const { body } = await app.inject({ url: '/metrics' });
  expect(body).toContain('route="/channels/:channel"');
  expect(body).not.toContain('somebody-private');
  expect(body).toContain('process_cpu_seconds_total');
});

test.each(['application/x-www-form-urlencoded', 'application/octet-stream', 'application/json'])(
  'no body at all is no body, though it is called %s',
  async (type) => {
    const headers = { 'content-type': type, 'content-length': '0' };
    const answer = await app.inject({ method: 'POST', url: '/echo', headers });
    expect([answer.statusCode, answer.json()]).toEqual([201, {}]);
  },
);
