// What the specs of this lib share: a Redis under a prefix of its own, and the end of a run.
import { randomBytes } from 'node:crypto';
import { loadConfig, RedisConfig } from '#config';
import { defineScript, escapeGlob, StateRedis } from '#redis';
import { THREAD_TOUCH_LUA } from './thread.lua.js';
import type { Thread } from './thread.js';
import { ThreadStore } from './thread-store.js';

const SETTLE = defineScript(
  'test-settle-thread',
  THREAD_TOUCH_LUA,
  `return settle_thread(ARGV[1], ARGV[2], KEYS[1], KEYS[2], ARGV[3], ARGV[4], {unpack(ARGV, 5)}) and 1 or 0`,
);

export interface TestState {
  redis: StateRedis;
  config: RedisConfig;
  store: ThreadStore;
  /** What the end of a run does to its thread; false when the thread was cleared. */
  settle(thread: Thread, rows?: readonly string[], at?: number): Promise<boolean>;
  /** Deletes every key of the prefix and closes the connection. */
  close(): Promise<void>;
}

export async function testState(settings: Record<string, string> = {}): Promise<TestState> {
  const REDIS_URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6390';
  const REDIS_PREFIX = `test-${randomBytes(6).toString('hex')}:`;
  const config = loadConfig(RedisConfig, { REDIS_URL, REDIS_PREFIX, ...settings });
  const redis = new StateRedis(config);
  await redis.ready(5_000);
  return {
    redis,
    config,
    store: new ThreadStore(redis, config),
    settle: async (thread, rows = [], at = Date.now()) => {
      const keys = [redis.keys.thread(thread.ref), redis.keys.metadata(thread.ref)];
      const { base } = redis.keys.shardOf(thread.chk);
      const args = [base, thread.id, at, config.threadExpirySeconds, ...rows];
      return (await redis.run<number>(SETTLE, keys, args)) === 1;
    },
    close: async () => {
      const stream = redis.client.scanStream({ match: `${escapeGlob(config.prefix)}*`, count: 1_000 });
      for await (const keys of stream as AsyncIterable<string[]>)
        if (keys.length > 0) await redis.client.unlink(keys);
      await redis.close();
    },
  };
}
