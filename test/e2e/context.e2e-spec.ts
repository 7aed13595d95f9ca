// A channel is a conversation: what was said is known later, until it was idle too long.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem } from '../support/system.js';

let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem({
    streams: ['ingress,worker,delivery', 'worker'],
    env: { WORKER_CONCURRENCY: '1' },
  });
}, 90_000);
afterAll(() => parley?.stop(), 30_000);

const say = async (channel: string, id: string, text: string): Promise<Record<string, unknown>> => {
  const watcher = await parley.subscribe(channel);
  await parley.publish(channel, id, text);
  return (await watcher.answer(id)).at(-1)!;
};

test('the second message is answered with the first in mind; another channel knows nothing of it', async () => {
  const first = await say('ada', 'm-1', 'my name is Ada');
  const second = await say('ada', 'm-2', 'what is my name?');
  expect(second['message']).toContain('Earlier you said: my name is Ada');
  expect(second['thread_id']).toBe(first['thread_id']);
  const stranger = await say('bob', 'm-1', 'what is my name?');
  expect(stranger['message']).toBe('You said: what is my name?');
  expect(stranger['thread_id']).not.toBe(first['thread_id']);
});

test('the documented keys tell the thread, count the messages, and slide their expiry', async () => {
  const { thread_id } = await say('keys', 'm-1', 'hello');
  const thread = `${parley.prefix}thread:keys`;
  const metadata = `${parley.prefix}metadata:keys`;
  expect(await parley.redis.get(thread)).toBe(thread_id);
  await parley.redis.expire(thread, 100);
  await parley.redis.expire(metadata, 100);
  await say('keys', 'm-2', 'hello again');
  for (const key of [thread, metadata]) expect(await parley.redis.ttl(key)).toBeGreaterThan(7_775_900);
  const info = JSON.parse((await parley.redis.get(metadata))!) as Record<string, number>;
  expect(info).toMatchObject({
    message_count: 2,
    created_at: expect.any(Number),
    last_message_at: expect.any(Number),
  });
  expect(info['created_at']).toBeLessThan(10_000_000_000);
});

test('the assistant id is kept without an expiry', async () => {
  await say('assistant', 'm-1', 'hello');
  const key = `${parley.prefix}assistant_id`;
  expect(await parley.redis.get(key)).toEqual(expect.any(String));
  expect(await parley.redis.ttl(key)).toBe(-1);
});

test.each([
  ['expired', (key: string) => parley.redis.del(key)],
  ['of the old system', (key: string) => parley.redis.set(key, 'thread_abcOldSystem123')],
])('a thread that is %s is followed by a new one, and the message is answered', async (name, spoil) => {
  const channel = `lost-${name}`;
  const before = await say(channel, 'm-1', 'my name is Ada');
  await spoil(`${parley.prefix}thread:${channel}`);
  const after = await say(channel, 'm-2', 'what is my name?');
  expect(after['thread_id']).not.toBe(before['thread_id']);
  expect(after).toMatchObject({ status: 'completed', message: 'You said: what is my name?' });
});

test('ten first messages at once make one thread', async () => {
  const watcher = await parley.subscribe('race');
  const ids = Array.from({ length: 10 }, (_, i) => `m-${i}`);
  await Promise.all(ids.map((id) => parley.publish('race', id, `message ${id}`)));
  const finals = await Promise.all(ids.map(async (id) => (await watcher.answer(id)).at(-1)!));
  expect(new Set(finals.map(({ thread_id }) => thread_id)).size).toBe(1);
});
