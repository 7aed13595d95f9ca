import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DEFAULT_TENANT } from '#contracts';
import { refOf } from './documented-keys.js';
import { ThreadInventory } from './thread-inventory.js';
import { threadStats } from './thread-stats.js';
import { testState, type TestState } from './testing.js';

const DAY = 86_400;
const nowSeconds = () => Math.floor(Date.now() / 1_000);

describe('all threads', () => {
  let state: TestState;
  let inventory: ThreadInventory;

  const begin = async (settings: Record<string, string> = {}) => {
    state = await testState(settings);
    inventory = new ThreadInventory(state.redis, state.config);
  };
  beforeEach(() => begin({ REDIS_SHARDS: '4' }));
  afterEach(() => state.close());

  /** As another system writes it. */
  const plant = async (channel: string, ageDays: number, count = 1, idleDays = ageDays) => {
    const { client, keys } = state.redis;
    const ref = { tenant: DEFAULT_TENANT, channel };
    const metadata = {
      created_at: nowSeconds() - ageDays * DAY + 0.25,
      message_count: count,
      last_message_at: nowSeconds() - idleDays * DAY + 0.5,
    };
    await client.set(keys.thread(ref), `thread_${channel}`);
    await client.set(keys.metadata(ref), JSON.stringify(metadata));
  };
  const exists = (channel: string) => state.redis.client.exists(`${state.config.prefix}thread:${channel}`);
  const stats = () => threadStats(inventory.entries());

  test('the figures of five threads', async () => {
    await plant('day', 0.5, 3);
    await plant('week', 3, 10);
    await plant('month', 20, 7);
    await plant('quarter', 60, 0);
    await plant('old', 200, 5);
    await state.redis.client.set(`${state.config.prefix}assistant_id`, 'asst_1');
    expect(await stats()).toMatchObject({
      total: 5,
      ages: ['0-1', '1-7', '7-30', '30-90', '90+'].map((days) => ({ days, count: 1, percent: 20 })),
      unknown_age: 0,
      messages: { total: 25, average: 5, most_active: { channel: 'week', message_count: 10 } },
      oldest: { channel: 'old' },
      newest: { channel: 'day' },
    });
    expect((await stats()).storage_kb).toBeGreaterThan(0.5);
  });

  test('none, and one without metadata', async () => {
    expect(await stats()).toMatchObject({ total: 0, messages: { total: 0, average: 0 }, storage_kb: 0 });
    await state.redis.client.set(`${state.config.prefix}thread:bare`, 'thread_x');
    await state.redis.client.set(`${state.config.prefix}thread:broken`, 'thread_x');
    await state.redis.client.set(`${state.config.prefix}metadata:broken`, 'not json');
    expect(await stats()).toMatchObject({ total: 2, unknown_age: 2 });
    expect(await inventory.clearOlderThan(1)).toEqual({ threads: 0, unknown_age: 2 });
  });

  test('clearing all deletes mappings, metadata and content, and nothing else', async () => {
    const thread = await state.store.open({ tenant: 'acme', channel: 'x:../metadata:y' });
    await state.settle(thread, ['{"item":"secret"}']);
    await plant('foreign', 1);
    const { client, keys } = state.redis;
    await client.set(keys.metadata({ tenant: DEFAULT_TENANT, channel: 'only-metadata' }), '{}');
    const kept = [keys.assistantId, `${state.config.prefix}threads`, keys.boot];
    for (const key of kept.slice(0, 2)) await client.set(key, 'kept');

    expect((await inventory.clearAll({ dryRun: true })).threads).toBe(3);
    expect(await exists('foreign')).toBe(1);
    expect((await inventory.clearAll()).threads).toBe(3);
    for (const key of kept) expect(await client.exists(key)).toBe(1);
    const left = await client.keys(`${state.config.prefix}*`);
    expect(left.filter((key) => /thread:|metadata:|:t:/.test(key))).toEqual([]);
    expect((await inventory.clearAll()).threads).toBe(0);
  });

  test('clearing the old goes by the last activity', async () => {
    await plant('ten', 200, 1, 10);
    await plant('forty', 200, 1, 40);
    expect((await inventory.clearOlderThan(30, { dryRun: true })).threads).toBe(1);
    expect((await inventory.clearOlderThan(30)).threads).toBe(1);
    expect([await exists('ten'), await exists('forty')]).toEqual([1, 0]);
  });

  test('clearing hands conversations at the provider over to be deleted', async () => {
    const thread = await state.store.open({ tenant: DEFAULT_TENANT, channel: 'provider' });
    const shard = state.redis.keys.shardOf(thread.chk);
    await state.redis.client.hset(shard.conversations, thread.id, 'conv_1');
    await inventory.clearAll();
    const orphans = [];
    for await (const orphan of inventory.orphans()) orphans.push(orphan);
    expect(orphans.map(({ conversation_id }) => conversation_id)).toEqual(['conv_1']);
    await orphans[0]!.done();
    expect(await state.redis.client.exists(shard.orphans, shard.conversations)).toBe(0);
  });

  test('what was idle too long is ended, and only that', async () => {
    const [idle, busy] = await Promise.all(
      ['idle', 'busy'].map((channel) => state.store.open({ tenant: DEFAULT_TENANT, channel })),
    );
    const { client, keys } = state.redis;
    const shard = keys.shardOf(idle!.chk);
    await client.zadd(shard.threads, Date.now() - 91 * DAY * 1_000, idle!.id);
    expect(await inventory.expire()).toBe(1);
    expect(await client.exists(shard.thread(idle!.id))).toBe(0);
    expect((await state.store.open(busy!.ref)).id).toBe(busy!.id);
    expect((await state.store.open(idle!.ref)).id).not.toBe(idle!.id);
  });

  test('a prefix with glob characters reaches no one else', async () => {
    const outer = state;
    const glob = `${state.config.prefix}*[x]?\\:`;
    await plant('outside', 1);
    await begin({ REDIS_PREFIX: glob });
    await plant('inside', 1);
    expect((await stats()).total).toBe(1);
    expect((await inventory.clearAll()).threads).toBe(1);
    expect(await outer.redis.client.exists(`${outer.config.prefix}thread:outside`)).toBe(1);
    await state.close();
    state = outer;
  });

  test('a hundred thousand threads are counted and cleared in seconds', async () => {
    const { client, keys } = state.redis;
    const metadata = JSON.stringify({
      created_at: nowSeconds() - 3 * DAY,
      message_count: 2,
      last_message_at: nowSeconds(),
    });
    for (let from = 0; from < 100_000; from += 5_000) {
      const pairs = Array.from({ length: 5_000 }, (_, i) => {
        const ref = { tenant: DEFAULT_TENANT, channel: `user/${from + i}` };
        return [keys.thread(ref), `thread_${from + i}`, keys.metadata(ref), metadata];
      });
      await client.mset(pairs.flat());
    }
    const start = performance.now();
    expect(await stats()).toMatchObject({ total: 100_000, messages: { total: 200_000, average: 2 } });
    const counted = performance.now();
    expect((await inventory.clearAll()).threads).toBe(100_000);
    // Seconds on a free machine; the bound leaves room for one that is shared.
    expect(counted - start).toBeLessThan(20_000);
    expect(performance.now() - counted).toBeLessThan(20_000);
  }, 60_000);
});

test.each([
  ['p:thread:a:b', { tenant: 'default', channel: 'a:b' }],
  ['p:tenant:acme:thread:x', { tenant: 'acme', channel: 'x' }],
  ['p:thread:', { tenant: 'default', channel: '' }],
  ['p:metadata:a', undefined],
  ['p:tenant::thread:x', undefined],
  ['q:thread:a', undefined],
])('the key %s stands for %j', (key, expected) => {
  expect(refOf('p:', 'thread', key)).toEqual(expected);
});
