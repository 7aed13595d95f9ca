import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DEFAULT_TENANT, newId } from '#contracts';
import { ThreadInventory } from './thread-inventory.js';
import { testState, type TestState } from './testing.js';

const NINETY_DAYS = 7_776_000;

describe('threads', () => {
  let state: TestState;
  beforeAll(async () => {
    state = await testState();
  });
  afterAll(() => state.close());

  const refOf = (channel: string) => ({ tenant: DEFAULT_TENANT, channel });
  const read = async (channel: string) => {
    const { redis, config } = state;
    const [thread, metadata, ttl, metadataTtl] = await Promise.all([
      redis.client.get(`${config.prefix}thread:${channel}`),
      redis.client.get(`${config.prefix}metadata:${channel}`),
      redis.client.ttl(`${config.prefix}thread:${channel}`),
      redis.client.ttl(`${config.prefix}metadata:${channel}`),
    ]);
    return {
      thread,
      metadata: JSON.parse(metadata ?? 'null') as Record<string, number> | null,
      ttl,
      metadataTtl,
    };
  };

  test('ten first messages that race make one thread', async () => {
    const opened = await Promise.all(Array.from({ length: 10 }, () => state.store.open(refOf('race'))));
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    expect((await read('race')).thread).toBe(opened[0]!.id);
  });

  test('the documented keys tell the thread and its counters, and every message counts one', async () => {
    const before = Math.floor(Date.now() / 1_000);
    const thread = await state.store.open(refOf('documented'));
    expect((await read('documented')).metadata).toMatchObject({ message_count: 0 });
    const at = Date.now() + 5_000;
    await state.settle(thread, ['{"item":1}'], at);
    await state.settle(thread, [], at);
    const { metadata } = await read('documented');
    expect(Object.keys(metadata!)).toEqual(['created_at', 'message_count', 'last_message_at']);
    expect(metadata!['message_count']).toBe(2);
    expect(metadata!['last_message_at']).toBe(Math.floor(at / 1_000));
    expect(metadata!['created_at']).toBeGreaterThanOrEqual(before - 1);
    expect(await state.store.find(refOf('documented'))).toMatchObject({ id: thread.id, message_count: 2 });
  });

  test.each(['open', 'find', 'touch', 'settle'] as const)(
    '%s slides the expiry to ninety days',
    async (access) => {
      const channel = `slide-${access}`;
      const thread = await state.store.open(refOf(channel));
      await state.settle(thread, ['{"item":1}']);
      const { client, keys } = state.redis;
      const shard = keys.shardOf(thread.chk);
      const own = [shard.thread(thread.id), shard.transcript(thread.id)];
      const all = [keys.thread(thread.ref), keys.metadata(thread.ref), ...own];
      for (const key of all) await client.expire(key, 100);
      await (access === 'settle' ? state.settle(thread) : state.store[access](refOf(channel)));
      for (const key of all) expect(await client.ttl(key)).toBeGreaterThan(NINETY_DAYS - 10);
    },
  );

  test('a channel whose keys are gone gets a new thread', async () => {
    const first = await state.store.open(refOf('gone'));
    const { client, keys } = state.redis;
    await client.del(keys.thread(first.ref), keys.metadata(first.ref));
    expect(await state.store.find(refOf('gone'))).toBeUndefined();
    expect((await state.store.open(refOf('gone'))).id).not.toBe(first.id);
  });

  test('an id that is unknown here, or belongs to another channel, counts as none', async () => {
    const other = await state.store.open(refOf('other'));
    for (const planted of ['thread_AbC123oldsystem', newId('thread'), 'x:items', '', '*', other.id]) {
      await state.redis.client.set(state.redis.keys.thread(refOf('bogus')), planted);
      expect(await state.store.find(refOf('bogus'))).toBeUndefined();
      const { id } = await state.store.open(refOf('bogus'));
      expect(id).toMatch(/^thread_[0-9a-f]{32}$/);
      expect(id).not.toBe(planted);
      expect((await read('bogus')).thread).toBe(id);
    }
    expect((await state.store.open(refOf('other'))).id).toBe(other.id);
  });

  test.each([
    'jd7c3h2k9m4n5p6q7r8s9t0v1w2x3y4z',
    'x:../metadata:y',
    'a/b c\n*?[x]{s00}',
    'größe 🎧',
    'tenant:a:thread:b',
    '__proto__',
  ])('the channel %j is its own', async (channel) => {
    const thread = await state.store.open(refOf(channel));
    expect(await read(channel)).toMatchObject({ thread: thread.id });
    expect((await state.store.open(refOf(channel))).id).toBe(thread.id);
    expect((await state.store.open({ tenant: 'acme', channel })).id).not.toBe(thread.id);
  });

  test('a thread that was cleared during a run stays cleared', async () => {
    const thread = await state.store.open(refOf('cleared'));
    await new ThreadInventory(state.redis, state.config).clearAll();
    expect(await state.settle(thread, ['{"item":1}'])).toBe(false);
    expect(await state.redis.client.exists(state.redis.keys.shardOf(thread.chk).transcript(thread.id))).toBe(
      0,
    );
    expect(await read('cleared')).toMatchObject({ thread: null, metadata: null });
  });

  test("the end of a run leaves a successor's keys alone", async () => {
    const first = await state.store.open(refOf('successor'));
    await state.redis.client.del(state.redis.keys.thread(first.ref));
    const second = await state.store.open(refOf('successor'));
    await state.settle(first, ['{"item":1}']);
    expect(await read('successor')).toMatchObject({ thread: second.id, metadata: { message_count: 0 } });
  });
});
