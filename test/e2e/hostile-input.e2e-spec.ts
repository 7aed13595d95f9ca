// What an attacker sends instead of a message, at every door: names, bodies and cursors that are meant to be read as something
// else. Nothing of it is accepted, and none of it becomes a line of a log.
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { startSystem, type ParleySystem } from '../support/system.js';

let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem();
}, 90_000);
afterAll(() => parley?.stop(), 30_000);

const post = (channel: string, body: unknown, headers: Record<string, string> = {}) =>
  parley.rest('POST', `/channels/${encodeURIComponent(channel)}/messages`, body, headers);

describe('a body', () => {
  const members = (count: number) =>
    `{"message":"hi",${Array.from({ length: count - 1 }, (_, i) => `"k${i}":1`).join(',')}}`;
  const bad: [string, string | Buffer][] = [
    ['a __proto__ member', '{"message":"hi","__proto__":{"admin":true}}'],
    ['an escaped __proto__ member', String.raw`{"message":"hi","__pr\u006fto__":{"admin":true}}`],
    ['constructor.prototype', '{"message":"hi","constructor":{"prototype":{"admin":true}}}'],
    ['toString as an object', '{"message":{"toString":{}},"channel":"x","message_id":"m"}'],
    ['depth 33', `{"message":"hi","x":${'['.repeat(33)}${']'.repeat(33)}}`],
    ['depth 100,000', '['.repeat(100_000)],
    ['2,001 members', members(2_001)],
    ['30,000 members', members(30_000)],
    ['an array of 11,000', `{"message":"hi","x":[${'1,'.repeat(10_999)}1]}`],
    ['a member twice', '{"message":"hi","message":"ho"}'],
    ['a member twice, once escaped', String.raw`{"message":"hi","mess\u0061ge":"ho"}`],
    ['not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['a lone surrogate', String.raw`{"message":"a\ud800b"}`],
    ['a NUL', String.raw`{"message":"a\u0000b"}`],
    ['an empty array', '[]'],
    ['null', 'null'],
    ['a number', '7'],
    ['a text', '"hi"'],
    ['an array for the message', '{"message":["hi"]}'],
    ['null for the message', '{"message":null}'],
    ['no message', '{}'],
  ];

  test.each(bad)('%s is refused over REST', async (_, body) => {
    const answer = await post('bodies', body, { 'content-type': 'application/json' });
    expect(answer).toMatchObject({ status: 400, body: { code: expect.any(String) } });
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  test.each(bad.filter(([name]) => name !== 'constructor.prototype'))(
    '%s is set aside by RabbitMQ’s door, and answered by the socket’s',
    async (_, body) => {
      const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
      // What brokers and sockets need besides; put in front, so that only what is tested is wrong.
      const full = bytes.toString('latin1').startsWith('{"message"')
        ? Buffer.concat([Buffer.from('{"channel":"bodies","message_id":"m",'), bytes.subarray(1)])
        : bytes;
      await parley.rabbit.publish(full);
      const { properties } = await parley.rabbit.failed();
      expect(properties.headers).toMatchObject({ 'x-parley-reason': expect.any(String) });
      const socket = await parley.connect();
      socket.socket.send(full, { binary: false });
      // A text frame that is not UTF-8 is the protocol's own fault, and ends the connection by its rules.
      const ended = socket.closed.then(({ code }) => ({ type: 'closed', code }));
      const answer = await Promise.race([socket.next(), ended]);
      expect([
        ['error', undefined],
        ['closed', 1007],
      ]).toContainEqual([answer['type'], answer['type'] === 'closed' ? answer['code'] : undefined]);
    },
  );

  test.each<[string, Record<string, string>]>([
    ['gzip', { 'content-encoding': 'gzip' }],
    ['UTF-7', { 'content-type': 'application/json; charset=utf-7' }],
    ['UTF-16', { 'content-type': 'application/json;charset="utf-16le"' }],
    ['a form with a file', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['a sequence of JSON', { 'content-type': 'application/json-seq' }],
    ['text', { 'content-type': 'text/plain' }],
  ])('in another form is refused: %s', async (name, headers) => {
    const body = name === 'gzip' ? gzipSync(Buffer.alloc(10_000_000, ' ')) : '{"message":"hi"}';
    expect(await post('bodies', body, { 'content-type': 'application/json', ...headers })).toMatchObject({
      status: 415,
      body: { code: 'unsupported_media_type' },
    });
  });

  test('over WebSocket is never packed, and 10 MB end the connection', async () => {
    const url = `ws://127.0.0.1:${parley.delivery.port}/ws`;
    const socket = new WebSocket(url, { perMessageDeflate: true });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    expect(socket.extensions).toBe('');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.send(`{"action":"send","channel":"c","message_id":"m","message":"${'x'.repeat(10_000_000)}"}`);
    expect(await closed).toBe(1009);
  });

  test.each([{ message_id: 'i'.repeat(513) }, { message_id: '' }, { message_id: {} }, { message_id: ['m'] }])(
    'with the id %.40j is refused',
    async (extra) => {
      expect(await post('bodies', { message: 'hi', ...extra })).toMatchObject({ status: 400 });
    },
  );

  test('with a used id and another text is a conflict', async () => {
    expect((await post('conflict', { message: 'one', message_id: 'm' })).status).toBe(202);
    expect(await post('conflict', { message: 'two', message_id: 'm' })).toMatchObject({
      status: 409,
      body: { code: 'message_id_conflict' },
    });
  });
});

describe('a tenant', () => {
  test('that a message names over WebSocket or RabbitMQ is not listened to', async () => {
    const claims = { tenant: 'acme', tenant_id: 'acme', userId: 'eve', scope: 'admin' };
    const watcher = await parley.subscribe('claimed');
    const message = { channel: 'claimed', message: 'hi', ...claims };
    await parley.rabbit.publish({ ...message, message_id: 'm-1' }, { headers: claims });
    expect((await watcher.answer('m-1')).at(-1)).toMatchObject({ status: 'completed' });
    watcher.send({ action: 'send', ...message, message_id: 'm-2' });
    expect((await watcher.answer('m-2')).at(-1)).toMatchObject({ status: 'completed' });
    expect(await parley.redis.exists(`${parley.prefix}thread:claimed`)).toBe(1);
    expect(await parley.redis.keys(`${parley.prefix}tenant:*`)).toEqual([]);
  });
});

describe('a channel', () => {
  const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'];

  test('is the same in both spellings of its name, at every door', async () => {
    const watcher = await parley.subscribe(composed);
    await parley.publish(decomposed, 'm-1', 'hello');
    expect((await watcher.answer('m-1')).at(-1)).toMatchObject({ status: 'completed', channel: composed });
    const again = await post(decomposed, { message: 'hello', message_id: 'm-1' });
    expect(again).toMatchObject({ status: 202, body: { duplicate: true } });
    const socket = await parley.connect();
    socket.send({ action: 'send', channel: decomposed, message_id: 'm-1', message: 'hello' });
    expect(await socket.next()).toMatchObject({ type: 'ack', channel: composed, duplicate: true });
    expect((await parley.rest('GET', `/channels/${encodeURIComponent(decomposed)}`)).status).toBe(200);
    const threads = await parley.redis.keys(`${parley.prefix}thread:caf*`);
    expect(threads).toEqual([`${parley.prefix}thread:${composed}`]);
    watcher.send({ action: 'unsubscribe', channel: decomposed });
    await watcher.settled();
    const heard = watcher.frames.length;
    await parley.publish(composed, 'm-2', 'hello');
    const other = await parley.subscribe(composed);
    await other.answer('m-2');
    expect(watcher.frames.slice(heard)).toEqual([]);
  });

  test.each(['a\r\nSET x 1', '\u202edemo', '\u001b[2J', '\u009b31m', 'a\0b', 'x'.repeat(513)])(
    'named %.20j is refused by RabbitMQ’s door and the socket’s',
    async (channel) => {
      await parley.publish(channel, 'm', 'hi');
      const failed = await parley.rabbit.failed();
      expect(failed.properties.headers).toMatchObject({ 'x-parley-reason': 'invalid_request' });
      const socket = await parley.connect();
      for (const frame of [
        { action: 'subscribe', channel },
        { action: 'send', channel, message_id: 'm', message: 'hi' },
        { action: 'history', channel },
        { action: 'cancel', channel, message_id: 'm' },
        { channel, payload: {} },
      ]) {
        socket.send(frame);
        expect(await socket.next()).toMatchObject({ type: 'error', code: 'invalid_request' });
      }
    },
  );
});

describe('a cursor', () => {
  const epochOf = async (channel: string): Promise<string> => {
    const { body } = await post(channel, { message: 'hi' });
    return String(body['cursor']).split(':')[0]!;
  };

  test.each(['-1', '1e3', '0x1', '9223372036854775808', 'text', '', ' 1', '1.5', '٣'])(
    'with the offset %j is refused, over WebSocket and SSE',
    async (offset) => {
      const cursor = `${await epochOf('cursors')}:${offset}`;
      const socket = await parley.connect();
      socket.send({ action: 'subscribe', channel: 'cursors', cursor });
      expect(await socket.next()).toMatchObject({ type: 'error', code: 'invalid_cursor' });
      const query = `cursor=${encodeURIComponent(cursor)}`;
      const sse = await fetch(`${parley.delivery.url}/channels/cursors/events?${query}`);
      expect([sse.status, await sse.json()]).toMatchObject([400, { code: 'invalid_cursor' }]);
    },
  );

  test('of another channel, or ahead of its own, begins anew and says so', async () => {
    const mine = await epochOf('cursors-mine');
    await epochOf('cursors-other');
    const { body } = await post('cursors-other', { message: 'hi' });
    for (const cursor of [
      String(body['cursor']).replace(/\d+$/, '900'),
      'x1.1:1',
      `${mine}:999999999999999`,
    ]) {
      const socket = await parley.connect();
      socket.send({ action: 'subscribe', channel: 'cursors-mine', cursor, format: 'delta' });
      await socket.next(({ type }) => type === 'reset');
    }
  });
});

test('a line of a log cannot be forged by any field', async () => {
  const forged = '"}\n{"level":"fatal","msg":"forged"}\r\u001b[2J\u009b31m\u2028\u202e';
  const watcher = await parley.subscribe('logs');
  await parley.rabbit.publish(
    { channel: 'logs', message_id: `rabbit${forged}`, message: '[[fail 400]] hi' },
    { correlationId: `c${forged}`, headers: { traceparent: forged, 'x-parley-reason': forged } },
  );
  await parley.rabbit.publish(`{"channel":"logs","message_id":${JSON.stringify(forged)},"message":1}`, {
    correlationId: forged,
    type: forged,
    appId: forged,
  });
  await parley.rabbit.failed();
  watcher.send({ action: `x${forged}`, channel: forged });
  watcher.send({
    action: 'send',
    channel: 'logs',
    message_id: `ws${forged}`,
    message: '[[fail context]] hi',
  });
  watcher.send({
    action: 'send',
    channel: 'logs',
    message_id: `tool${forged}`,
    message: `[[tool get_weather {"city":${JSON.stringify(forged)}}]] [[tool nobody {}]]`,
  });
  await post('logs', { message: '[[fail 404]] hi', message_id: `rest${forged}` });
  await parley.rest('POST', `/channels/${encodeURIComponent(forged)}/messages`, { message: 'hi' });
  await parley.rest('GET', `/runs/${encodeURIComponent(forged)}?q=${encodeURIComponent(forged)}`);
  await rawRequest(`GET /runs/\u001b[2J\u009b HTTP/1.1\r\nX-Request-Id: a\u001b[2J"}`);
  await rawRequest('GET /channels/demo HTTP/1.1\r\nX-Request-Id: {"level":"fatal"}\r\ntraceparent: \u009b');
  for (const id of ['rabbit', 'rest']) await watcher.answer(`${id}${forged}`);

  for (const app of [parley.gateway!, ...parley.streams]) {
    const lines = app.log().split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThan(3);
    for (const line of lines) {
      expect(line).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+$/u);
      expect(JSON.parse(line)).toMatchObject({ level: expect.stringMatching(/^(?:debug|info|warn|error)$/) });
      expect((JSON.parse(line) as { msg?: string }).msg).not.toBe('forged');
    }
  }
  const { message_id } = JSON.parse(
    parley.delivery
      .log()
      .split('\n')
      .find((line) => line.includes('run ended') && line.includes('rabbit'))!,
  ) as { message_id: string };
  expect(message_id).toBe(`rabbit${forged}`);
}, 60_000);

function rawRequest(head: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(parley.gateway!.port, '127.0.0.1', () =>
      socket.write(`${head}\r\nHost: localhost\r\nConnection: close\r\n\r\n`, 'latin1'),
    );
    socket.on('data', () => undefined);
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
}
