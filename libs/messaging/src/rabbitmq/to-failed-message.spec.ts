import { expect, test } from '@jest/globals';
import type { GetMessage } from 'amqplib';
import { toFailedMessage } from './to-failed-message.js';

const failed = (headers: object, body = '{"channel":"c","message_id":"m"}') =>
  toFailedMessage({
    content: Buffer.from(body),
    fields: { exchange: 'x', routingKey: 'k' },
    properties: { headers },
  } as unknown as GetMessage);

test('tells what the broker says of a message that died', () => {
  const death = { reason: 'expired', time: { value: 1_700_000_000 }, exchange: 'e', 'routing-keys': ['r'] };
  expect(failed({ 'x-death': [death, { reason: 'rejected' }] })).toMatchObject({
    reason: 'expired',
    at: '2023-11-14T22:13:20.000Z',
    source: 'e/r',
    channel: 'c',
    message_id: 'm',
    replays: 0,
  });
});

test('a refusal by size is called by its name', () => {
  const headers = { 'x-death': [{ reason: 'rejected' }] };
  expect(failed(headers)).toMatchObject({ reason: 'rejected' });
  const body = `{"channel":"c","message_id":"m","message":"${'x'.repeat(1024 * 1024)}"}`;
  expect(failed(headers, body)).toMatchObject({ reason: 'too_large', bytes: body.length });
});

test.each([
  ['a text', 'expired'],
  ['nothing', []],
  ['a hole', [null]],
  ['no table', [5]],
  ['no time', [{ time: { value: 1e300 } }]],
  ['a time in words', [{ time: { value: 'yesterday' } }]],
  ['tables for texts', [{ reason: {}, exchange: {}, 'routing-keys': 5, time: 5 }]],
])('an x-death that a sender forged as %s harms nobody', (_, death) => {
  const message = failed({ 'x-death': death, 'x-parley-at': 7, 'x-parley-replays': '1e999' });
  expect(message).toMatchObject({ reason: 'unknown', source: 'x/k', replays: 0 });
  expect(message).not.toHaveProperty('at');
});
