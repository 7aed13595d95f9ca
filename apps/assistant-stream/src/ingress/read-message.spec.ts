import { describe, expect, it } from '@jest/globals';
import { RabbitConfig } from '#config';
import type { Delivery } from '#messaging';
import { readMessage, type ReadMessage } from './read-message.js';

const config = new RabbitConfig();
const good = { channel: 'c', message_id: 'm', message: 'hello' };

function read(body: unknown, properties: Partial<Delivery> = {}): ReadMessage {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const { signal } = new AbortController();
  return readMessage(config, {
    body: bytes,
    priority: 0,
    redelivered: false,
    source: 'x/k',
    signal,
    ...properties,
  });
}

describe('readMessage', () => {
  it('maps body and properties to the command', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(
      read({ ...good, extra: 1 }, { priority: 9, reply_to: 'answers', correlation_id: 'r1', traceparent }),
    ).toEqual({
      command: {
        ...good,
        tenant: 'default',
        source: 'rabbitmq',
        priority: 9,
        reply: { kind: 'amqp', to: 'answers', correlation_id: 'r1' },
        traceparent,
        request_id: 'r1',
      },
    });
  });

  it.each([
    ['a Convex id', 'jd7fk2m9q8x3c1v5b6n0'],
    ['a UUID', '3f0d6f6e-6d0e-4a7c-9a53-6c0c5f8f0f10'],
    ['anything', 'ein Kanal: mit/allem *{}? 🙂'],
  ])('takes %s as channel', (_, channel) => {
    expect(read({ ...good, channel })).toMatchObject({ command: { channel } });
  });

  it.each<[string, unknown, string, object | undefined]>([
    ['nothing', '', 'invalid_json', undefined],
    ['half an object', '{"channel":"c"', 'invalid_json', undefined],
    ['a list', [good], 'invalid_request', undefined],
    ['null', 'null', 'invalid_request', undefined],
    ['a number', '7', 'invalid_request', undefined],
    ['no channel', { message_id: 'm', message: 'x' }, 'invalid_request', undefined],
    ['an empty channel', { ...good, channel: '' }, 'invalid_request', undefined],
    ['a channel of 4 kB', { ...good, channel: 'c'.repeat(4096) }, 'invalid_request', undefined],
    ['a channel with NUL', { ...good, channel: 'a\0b' }, 'invalid_request', undefined],
    ['no id', { channel: 'c', message: 'x' }, 'invalid_request', { channel: 'c', message_id: '' }],
    ['a numeric id', { ...good, message_id: 7 }, 'invalid_request', { channel: 'c', message_id: '' }],
    ['no text', { channel: 'c', message_id: 'm' }, 'invalid_request', { channel: 'c', message_id: 'm' }],
    ['blank text', { ...good, message: ' \n' }, 'invalid_request', { channel: 'c', message_id: 'm' }],
    ['text as object', { ...good, message: {} }, 'invalid_request', { channel: 'c', message_id: 'm' }],
    [
      'text beyond the limit',
      { ...good, message: 'x'.repeat(300_000) },
      'invalid_request',
      { channel: 'c', message_id: 'm' },
    ],
    ['a prototype key', '{"channel":"c","__proto__":{}}', 'invalid_request', undefined],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'invalid_encoding', undefined],
    ['10 MB', Buffer.alloc(10 * 1024 * 1024, 0x20), 'too_large', undefined],
    ['100,000 brackets', '['.repeat(100_000), 'too_complex', undefined],
    [
      '300,000 members',
      `{${Array.from({ length: 60_000 }, (_, i) => `"${i}":1`).join(',')}}`,
      'too_complex',
      undefined,
    ],
  ])('refuses %s', (_, body, code, known) => {
    const result = read(body);
    expect(result).toMatchObject({ fault: { code } });
    expect('known' in result ? result.known : undefined).toEqual(known);
    // What goes into logs and headers repeats nothing of the body.
    if ('fault' in result)
      expect(`${result.fault.message}${result.fault.details.join()}`).not.toMatch(/xxx|ccc/);
  });

  it.each([
    ['our queue', 'cosmo_queue', false],
    ['our failed queue', 'cosmo_queue_failed', false],
    ["the broker's own", 'amq.direct', false],
    ['an endless name', 'q'.repeat(300), false],
    ['a queue of theirs', 'answers', true],
    ['direct reply-to', 'amq.rabbitmq.reply-to.g1h2', true],
    ['a server-named queue', 'amq.gen-JzTY20BRgKO', true],
  ])('minds reply_to naming %s', (_, reply_to, allowed) => {
    const result = read(good, { reply_to });
    expect('command' in result && result.command.reply !== undefined).toBe(allowed);
  });
});
