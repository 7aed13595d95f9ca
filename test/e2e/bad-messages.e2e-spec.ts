// What is not a message is set aside with its reason, at every door, and nobody else notices.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem } from '../support/system.js';

let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem();
}, 90_000);
afterAll(() => parley?.stop(), 30_000);

const megabyte = 'x'.repeat(1_048_576);

describe('RabbitMQ', () => {
  test.each<[string, unknown, string]>([
    ['not JSON', '{', 'invalid_json'],
    ['not an object', '[1,2]', 'invalid_request'],
    ['without a channel', { message_id: 'm', message: 'hi' }, 'invalid_request'],
    ['with a number as message', { channel: 'bad', message_id: 'm', message: 7 }, 'invalid_request'],
    ['with a null id', { channel: 'bad', message_id: null, message: 'hi' }, 'invalid_request'],
    ['empty', { channel: 'bad', message_id: 'm', message: '' }, 'invalid_request'],
    ['blank', { channel: 'bad', message_id: 'm', message: ' \n ' }, 'invalid_request'],
    ['with a NUL in the channel', { channel: 'a\0b', message_id: 'm', message: 'hi' }, 'invalid_request'],
    [
      'with a channel of 4 kB',
      { channel: 'c'.repeat(4_096), message_id: 'm', message: 'hi' },
      'invalid_request',
    ],
    ['deep', '['.repeat(100_000), 'too_complex'],
    ['of 50,000 members', `{${'"a":1,'.repeat(49_999)}"b":1}`, 'too_complex'],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'invalid_encoding'],
  ])('a message that is %s goes to the failed queue as it came', async (_, body, reason) => {
    await parley.rabbit.publish(body);
    const failed = await parley.rabbit.failed();
    expect(failed.properties.headers).toMatchObject({ 'x-parley-reason': reason });
    if (typeof body === 'object' && !Buffer.isBuffer(body)) expect(failed.body).toEqual(body);
  });

  test('a megabyte is refused to the broker, which moves it as it came, and the list says why', async () => {
    const body = { channel: 'bad', message_id: 'm', message: megabyte };
    await parley.rabbit.publish(body);
    let page = await parley.admin('GET', '/failed-messages');
    for (let i = 0; page.body['total'] === 0 && i < 100; i++)
      page = await parley.admin('GET', '/failed-messages');
    expect(page.body['items']).toMatchObject([{ reason: 'too_large', replays: 0 }]);
    expect((await parley.rabbit.failed()).body).toEqual(body);
  });

  test('subscribers of the channel see an error frame, and the next message is answered', async () => {
    const watcher = await parley.subscribe('watched');
    await parley.publish('watched', 'm-bad', '   ');
    await parley.publish('watched', 'm-good', 'hello');
    await parley.rabbit.failed();
    expect((await watcher.answer('m-bad')).at(-1)).toMatchObject({
      status: 'error',
      type: 'error',
      error_details: expect.stringContaining('invalid_request'),
      message: expect.any(String),
    });
    expect((await watcher.answer('m-good')).at(-1)).toMatchObject({ status: 'completed' });
  });

  test('bad JSON with reply_to is answered there', async () => {
    const inbox = await parley.rabbit.replies();
    await parley.rabbit.publish('{', { replyTo: inbox.queue, correlationId: 'c-1' });
    const { body, properties } = await inbox.next();
    expect(body).toMatchObject({ success: false, error: expect.any(String) });
    expect(properties.correlationId).toBe('c-1');
    await parley.rabbit.failed();
  });

  test('an administrator lists what failed, with reasons, and replays it', async () => {
    await parley.rabbit.publish({ channel: 'replayed', message_id: 'm-1', message: 5 });
    let page = await parley.admin('GET', '/failed-messages');
    for (let i = 0; page.body['total'] === 0 && i < 100; i++)
      page = await parley.admin('GET', '/failed-messages');
    const [item] = page.body['items'] as Record<string, unknown>[];
    expect(item).toMatchObject({ reason: 'invalid_request', channel: 'replayed', message_id: 'm-1' });
    expect(await parley.admin('POST', `/failed-messages/${String(item!['id'])}/replay`)).toMatchObject({
      status: 200,
      body: { count: 1 },
    });
    const again = await parley.rabbit.failed();
    expect(again.properties.headers).toMatchObject({ 'x-parley-reason': 'invalid_request' });
    expect((await parley.rest('GET', '/failed-messages')).status).toBe(401);
  });
});

describe('WebSocket', () => {
  test.each<[string, unknown, string]>([
    ['broken JSON', '{', 'invalid_json'],
    ['an unknown action', { action: 'dance' }, 'unknown_action'],
    ['a subscription without a channel', { action: 'subscribe' }, 'invalid_request'],
    ['a channel that is a number', { action: 'subscribe', channel: 5 }, 'invalid_request'],
    ['a blank message', { action: 'send', channel: 'bad', message_id: 'm', message: ' ' }, 'invalid_request'],
    ['a bad cursor', { action: 'subscribe', channel: 'bad', cursor: 'yesterday' }, ''],
    ['bytes', Buffer.from([1, 2, 3]), ''],
  ])('%s is answered, and the socket lives on', async (_, frame, code) => {
    const socket = await parley.connect();
    socket.send(frame);
    const answer = await socket.next();
    expect(['error', 'reset']).toContain(answer['type']);
    if (code !== '') expect(answer).toMatchObject({ type: 'error', code });
    socket.send({ action: 'ping' });
    expect(await socket.next()).toMatchObject({ type: 'pong' });
  });

  test('ten thousand frames at once end the socket that sent them, and no other', async () => {
    const other = await parley.subscribe('calm');
    const noisy = await parley.connect();
    for (let i = 0; i < 10_000; i++) noisy.send({ action: 'ping' });
    expect(await noisy.closed).toMatchObject({ code: 4429 });
    await parley.publish('calm', 'm-1', 'hello');
    expect((await other.answer('m-1')).at(-1)).toMatchObject({ status: 'completed' });
  });
});

describe('REST', () => {
  const json = { 'content-type': 'application/json' };
  test.each<[string, unknown, Record<string, string>, number, string]>([
    ['broken JSON', '{"message":', json, 400, 'invalid_json'],
    ['10 MB', `{"message":"${'x'.repeat(10_000_000)}"}`, json, 413, 'too_large'],
    ['a blank message', { message: ' ' }, {}, 400, 'invalid_request'],
    ['an unknown member', { message: 'hi', model: 'other' }, {}, 400, 'invalid_request'],
    ['a priority of 11', { message: 'hi', priority: 11 }, {}, 400, 'invalid_request'],
    ['nothing', undefined, {}, 400, 'invalid_request'],
    [
      'a form',
      'message=hi',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported_media_type',
    ],
    [
      'two different ids',
      { message: 'hi', message_id: 'a' },
      { 'idempotency-key': 'b' },
      400,
      'invalid_request',
    ],
  ])('%s', async (_, body, headers, status, code) => {
    const answer = await parley.rest('POST', '/channels/bad/messages', body, headers);
    expect(answer).toMatchObject({ status, body: { code, status, trace_id: expect.any(String) } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  test.each(['%00', 'a%00b', 'x'.repeat(513), 'y'.repeat(4_096), '%zz', '%ED%A0%80'])(
    'the channel %.20s is refused',
    async (channel) => {
      const { status } = await parley.rest('POST', `/channels/${channel}/messages`, { message: 'hi' });
      expect(status).toBe(400);
    },
  );
});
