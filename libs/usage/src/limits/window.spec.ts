// The sliding window on a real Redis, with a short width: never more than the limit's number of starts in any of it, and nobody
// who waits comes for nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ask, clearUsage, openUsage, testPrefix, type TestUsage } from '../testing.js';
import type { ReserveAnswer } from './reservation.js';

const WIDTH_MS = 400;
const GRACE_MS = 150;
let replicas: TestUsage[];
let prefix: string;
beforeEach(() => {
  prefix = testPrefix();
});
afterEach(async () => {
  await clearUsage(replicas[0]!.redis);
  await Promise.all(replicas.map((replica) => replica.close()));
});

async function open(env: Record<string, string>, count: number, graceMs = GRACE_MS): Promise<void> {
  replicas = await Promise.all(
    Array.from({ length: count }, () => openUsage({ ...env, REDIS_PREFIX: prefix })),
  );
  for (const { limits } of replicas) limits.window = { widthMs: WIDTH_MS + graceMs, graceMs };
}

/** As a caller does it: asks, waits as long as it is told, asks again. @returns the start that Redis gave it */
async function start(id: string): Promise<number> {
  const { limits, redis } = replicas[Number(/\d+/.exec(id)![0]) % replicas.length]!;
  for (;;) {
    const answer: ReserveAnswer = await limits.reserve(ask(id));
    if (answer.ok) return Number(await redis.client.hget(`${redis.keys.usage}r:${id}`, 'slot'));
    if (!('wait_ms' in answer)) throw new Error(answer.code);
    await sleep(answer.wait_ms);
  }
}

const busiest = (starts: number[], width: number): number => {
  const sorted = [...starts].sort((a, b) => a - b);
  return Math.max(...sorted.map((from) => sorted.filter((at) => at >= from && at < from + width).length));
};
/** The starts as Redis gave them: the machine's own delays are not in them. */
const slots = async (scope: string): Promise<number[]> => {
  const { redis } = replicas[0]!;
  const rows = await redis.client.zrange(`${redis.keys.usage}w:${scope}`, '0', '-1', 'WITHSCORES');
  return rows.filter((_, i) => i % 2 === 1).map(Number);
};

describe('the sliding window', () => {
  test('holds N starts and no more, over four replicas, however many ask', async () => {
    await open({ REQUESTS_PER_MINUTE: '7' }, 4);
    const seen = new Map<string, number>();
    await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        const slot = await start(`r${i}`);
        seen.set(`r${i}`, slot);
      }),
    );
    expect(seen.size).toBe(30);
    expect(busiest([...seen.values()], WIDTH_MS + GRACE_MS)).toBeLessThanOrEqual(7);
  });

  test('promises each its own later start at once, so that who waits asks twice', async () => {
    await open({ REQUESTS_PER_MINUTE: '5' }, 2, 10_000);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => replicas[i % 2]!.limits.reserve(ask(`r${i}`))),
    );
    const waits = answers.map((answer) => (answer.ok ? 0 : (answer as { wait_ms: number }).wait_ms));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(5);
    expect(busiest(await slots('s'), WIDTH_MS + 10_000)).toBe(5);
    expect(Math.max(...waits)).toBeLessThanOrEqual(9 * (WIDTH_MS + 10_000) + 1_000);
    const again = await replicas[1]!.limits.reserve(ask('r49'));
    expect((again as { wait_ms: number }).wait_ms).toBeLessThanOrEqual(waits[49]!);
    expect(await slots('s')).toHaveLength(50);
  });

  test('a user who waits for himself does not keep the others out', async () => {
    await open({ REQUESTS_PER_MINUTE: '10', USER_REQUESTS_PER_MINUTE: '1' }, 2, 10_000);
    await Promise.all(
      Array.from({ length: 40 }, (_, i) => replicas[i % 2]!.limits.reserve(ask(`greedy${i}`))),
    );
    const others = await Promise.all(
      Array.from({ length: 9 }, (_, i) => replicas[i % 2]!.limits.reserve(ask(`o${i}`, { user: `u${i}` }))),
    );
    expect(others.every(({ ok }) => ok)).toBe(true);
    expect(await replicas[0]!.limits.reserve(ask('late', { user: 'late' }))).toMatchObject({
      reason: 'slot',
    });
    expect(busiest(await slots('s'), WIDTH_MS + 10_000)).toBeLessThanOrEqual(10);
  });

  test('any mix of users and releases keeps every window', async () => {
    await open(
      { REQUESTS_PER_MINUTE: '6', TENANT_REQUESTS_PER_MINUTE: '4', USER_REQUESTS_PER_MINUTE: '2' },
      3,
      10_000,
    );
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let i = 0; i < 200; i++) {
      const { limits } = replicas[random(3)]!;
      if (random(5) === 0) await limits.release(`m${random(i + 1)}`);
      await limits.reserve(ask(`m${i}`, { tenant: `t${random(2)}`, user: `u${random(3)}` }));
    }
    const width = WIDTH_MS + 10_000;
    expect(busiest(await slots('s'), width)).toBeLessThanOrEqual(6);
    for (const tenant of ['t0', 't1'])
      expect(busiest(await slots(`t:${tenant}`), width)).toBeLessThanOrEqual(4);
    const { redis } = replicas[0]!;
    const users = await redis.client.keys(`${redis.keys.usage}w:u:*`);
    for (const key of users.filter((name) => !name.endsWith(':full')))
      expect(busiest(await slots(key.slice(`${redis.keys.usage}w:`.length)), width)).toBeLessThanOrEqual(2);
  });

  test('a promised start that nobody comes for is free again', async () => {
    await open({ REQUESTS_PER_MINUTE: '1' }, 1);
    const { limits, redis } = replicas[0]!;
    expect(await limits.reserve(ask('first'))).toMatchObject({ ok: true });
    const dead = await limits.reserve(ask('dead'));
    expect(dead).toMatchObject({ ok: false, reason: 'slot' });
    await sleep((dead as { wait_ms: number }).wait_ms + GRACE_MS + 20);
    expect(await limits.reserve(ask('next'))).toMatchObject({ ok: true });
    expect(await redis.client.zcard(`${redis.keys.usage}waiting`)).toBe(0);
    expect(await limits.reserve(ask('dead'))).toMatchObject({ ok: false, reason: 'slot' });
  });

  test('an attempt that takes a call over later needs a start of its own, and no further tokens', async () => {
    await open({ REQUESTS_PER_MINUTE: '1', DAILY_TOKEN_LIMIT: '20' }, 1);
    const { limits, standing } = replicas[0]!;
    const first = await start('a1');
    await sleep(GRACE_MS + 20);
    expect(await limits.reserve(ask('a1'))).toMatchObject({ ok: false, reason: 'slot' });
    expect(await start('a1')).toBeGreaterThanOrEqual(first + WIDTH_MS + GRACE_MS);
    const tokens = (await standing.of('acme')).find(({ limit }) => limit === 'tokens_per_day');
    expect(tokens).toMatchObject({ used: 0, held: 20 });
  });
});
