// Feedback on a real Redis: the last word counts, the mean is of what is kept, and what is erased or old is in neither.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { FeedbackConfig, loadConfig, RedisConfig } from '#config';
import type { MessageSource } from '#contracts';
import { StateRedis } from '#redis';
import { sharedRedisUrl } from '#testing';
import type { RunRecord } from '../run/run-record.js';
import { FeedbackStore } from './feedback-store.js';

const prefix = `test-${randomBytes(6).toString('hex')}:`;
let redis: StateRedis;
let store: FeedbackStore;

const clear = async () => {
  const keys = await redis.client.keys(`${prefix}*`);
  if (keys.length > 0) await redis.client.unlink(...keys);
};
const run = (id: string, source: MessageSource = 'rest', tenant = 'default'): RunRecord => ({
  run_id: id,
  tenant,
  channel: 'c',
  message_id: 'm',
  status: 'completed',
  attempt: 1,
  source,
  created_at: 0,
});
const withComments = (comments: boolean, seconds = 3_600) =>
  new FeedbackStore(redis, Object.assign(new FeedbackConfig(), { comments, seconds }));

beforeAll(async () => {
  redis = new StateRedis(loadConfig(RedisConfig, { REDIS_URL: sharedRedisUrl(), REDIS_PREFIX: prefix }));
  await redis.ready(5_000);
});
beforeEach(async () => {
  await clear();
  store = withComments(false);
});
afterAll(async () => {
  await clear();
  await redis.close();
});

test('the last word of a person on a run counts, once', async () => {
  expect(await store.give(run('r1'), 'ada', { score: 1 })).toEqual({ replaced: false });
  expect(await store.give(run('r1'), 'ada', { score: 4 })).toEqual({ replaced: true });
  await store.give(run('r1'), 'bob', { score: 2 });
  await store.give(run('r2', 'kafka'), 'ada', { score: 5 });
  const means = await store.satisfaction();
  expect(means).toHaveLength(2);
  expect(means).toEqual(
    expect.arrayContaining([
      { source: 'rest', count: 2, mean: 3 },
      { source: 'kafka', count: 1, mean: 5 },
    ]),
  );
  expect((await store.of('r1')).map(({ score }) => score).sort()).toEqual([2, 4]);
});

test('a comment is dropped unless it is wanted, and a person is not named', async () => {
  await store.give(run('r1'), 'ada@example.com', { score: 3, comment: 'my number is 4711' });
  expect(await store.of('r1')).toEqual([{ score: 3 }]);
  await withComments(true).give(run('r1'), 'bob', { score: 2, comment: 'two\nlines 5 rest x' });
  expect(await store.of('r1')).toContainEqual({ score: 2, comment: 'two\nlines 5 rest x' });
  const keys = await redis.client.keys(`${prefix}*`);
  const dump = await Promise.all(keys.map((key) => redis.client.dump(key)));
  expect(`${keys.join()}${dump.join()}`).not.toMatch(/ada@|4711/);
});

test("a person's feedback is erased in every run of the tenant, and of nobody else", async () => {
  await store.give(run('r1'), 'ada', { score: 1 });
  await store.give(run('r2'), 'ada', { score: 1 });
  await store.give(run('r3', 'rest', 'acme'), 'ada', { score: 5 });
  await store.give(run('r1'), 'bob', { score: 4 });
  expect(await store.eraseUser('default', 'ada')).toBe(2);
  expect(await store.eraseUser('default', 'ada')).toBe(0);
  expect(await store.satisfaction()).toEqual([{ source: 'rest', count: 2, mean: 4.5 }]);
  expect(await store.of('r2')).toEqual([]);
});

test('what is older than the window is forgotten, and leaves nothing', async () => {
  await store.give(run('r1'), 'ada', { score: 1 });
  await store.give(run('r2'), 'ada', { score: 5 });
  const window = `${redis.keys.feedback}window`;
  const [old] = await redis.client.zrange(window, '0', '0');
  await redis.client.zadd(window, String(Date.now() - 3_601_000), old!);
  expect(await store.satisfaction()).toEqual([{ source: 'rest', count: 1, mean: 5 }]);
  expect(await store.of('r1')).toEqual([]);
  expect(await redis.client.zcard(window)).toBe(1);
});

test('five hundred at once leave sums that add up', async () => {
  const give = (i: number) => store.give(run(`r${i % 50}`), `u${i % 7}`, { score: ((i % 5) + 1) as 1 });
  await Promise.all(Array.from({ length: 500 }, (_, i) => give(i)));
  const all = (await Promise.all(Array.from({ length: 50 }, (_, i) => store.of(`r${i}`)))).flat();
  const [rest] = await store.satisfaction();
  expect(rest!.count).toBe(all.length);
  expect(rest!.mean).toBeCloseTo(all.reduce((sum, { score }) => sum + score, 0) / all.length);
});
