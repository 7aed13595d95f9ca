// Where a text stands in Redis: names of keys, and values of every type read in full, because DUMP may be compressed.
import type { Redis } from 'ioredis';

const READ: Readonly<Record<string, (redis: Redis, key: string) => Promise<unknown>>> = {
  string: (redis, key) => redis.get(key),
  hash: (redis, key) => redis.hgetall(key),
  set: (redis, key) => redis.smembers(key),
  zset: (redis, key) => redis.zrange(key, '0', '-1'),
  list: (redis, key) => redis.lrange(key, 0, -1),
  stream: (redis, key) => redis.xrange(key, '-', '+'),
};

/** @returns the keys below `prefix` that hold it or are called by it, in whatever case */
export async function findInRedis(redis: Redis, prefix: string, text: string): Promise<string[]> {
  const found: string[] = [];
  const wanted = text.toLowerCase();
  for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 }))
    for (const key of keys as string[]) {
      const type = await redis.type(key);
      if (type === 'none') continue;
      const value = await READ[type]!(redis, key);
      if (`${key} ${JSON.stringify(value)}`.toLowerCase().includes(wanted)) found.push(key);
    }
  return [...new Set(found)].sort();
}
