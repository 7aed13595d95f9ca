// Without Redis: each replica keeps to its share by itself, and tells what it recorded when Redis is back. Redis is behind a wire
// that can be cut.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { LimitsConfig, loadConfig } from '#config';
import { sharedRedisUrl, TcpProxy } from '#testing';
import { ask, clearUsage, openUsage, spent, testPrefix, type TestUsage } from '../testing.js';
import { LateSettlements } from './late-settlements.js';
import { LocalShare } from './local-share.js';
import type { ReserveAnswer } from './reservation.js';

Logger.overrideLogger(false);

describe('Redis goes away and comes back', () => {
  let wire: TcpProxy;
  let cut: TestUsage[];
  let whole: TestUsage;
  beforeAll(async () => {
    const { hostname, port } = new URL(sharedRedisUrl());
    wire = await TcpProxy.start({ host: hostname, port: Number(port) });
    const env = { REDIS_PREFIX: testPrefix(), DAILY_TOKEN_LIMIT: '180', REQUESTS_PER_MINUTE: '100' };
    whole = await openUsage(env);
    const REDIS_URL = `redis://127.0.0.1:${wire.port}`;
    cut = [await openUsage({ ...env, REDIS_URL }), await openUsage({ ...env, REDIS_URL })];
  });
  afterAll(async () => {
    await Promise.all(cut.map((replica) => replica.close()));
    await clearUsage(whole.redis);
    await whole.close();
    await wire.stop();
  });
  const tokens = async () =>
    (await whole.standing.of('acme')).find(({ limit }) => limit === 'tokens_per_day')!;

  test('a share each, by the last sight; everything is told once when it is over', async () => {
    // Two replicas, 100 of 180 tokens used: 40 are left for each.
    for (const [i, { limits }] of cut.entries()) {
      expect(await limits.reserve(ask(`before${i}`))).toMatchObject({ reservation: { local: false } });
      await limits.settle(`before${i}`, spent(30, 20));
    }
    for (const { limits } of cut) await limits.sight();

    wire.refusing = true;
    wire.cut();
    const answers: ReserveAnswer[] = [];
    for (const [i, { limits }] of cut.entries())
      for (const n of [1, 2, 3]) answers.push(await limits.reserve(ask(`away${i}-${n}`)));
    const kept = answers.map((answer) =>
      answer.ok ? answer.reservation.local : 'code' in answer && answer.code,
    );
    expect(kept).toEqual([true, true, 'token_limit_reached', true, true, 'token_limit_reached']);
    expect(await cut[0]!.metrics.scrape()).toContain('parley_limits_fallback 1');
    for (const [i, { limits }] of cut.entries()) {
      const told = spent(10, 5, { response_id: `resp${i}` });
      expect(await limits.settle(`away${i}-1`, told)).toEqual({ cost_usd: 0.000_003_5, first: true });
      await limits.settle(`away${i}-1`, told);
      await limits.settle(`away${i}-2`, spent(0, 0, { usage: undefined, outcome: 'cancelled' }));
    }
    expect(await tokens()).toMatchObject({ used: 100, held: 0 });

    wire.refusing = false;
    for (const { limits, redis } of cut) {
      await redis.ready(5_000);
      await limits.sight();
    }
    // 15 that are known and 20 that nobody knows, of each.
    expect(await tokens()).toMatchObject({ used: 170, held: 0 });
    expect(await cut[0]!.metrics.scrape()).toContain('parley_limits_fallback 0');
    const { items } = await whole.reports.page({ tenant: 'acme', by: 'day', limit: 1 });
    expect(items).toMatchObject([{ requests: 6, completed: 4, cancelled: 2 }]);
    expect(await cut[1]!.limits.reserve(ask('after'))).toMatchObject({ code: 'token_limit_reached' });
  });
});

test('a process that only settles tells what waited before it ends', async () => {
  const { hostname, port } = new URL(sharedRedisUrl());
  const wire = await TcpProxy.start({ host: hostname, port: Number(port) });
  const env = { REDIS_PREFIX: testPrefix() };
  const whole = await openUsage(env);
  const cut = await openUsage({ ...env, REDIS_URL: `redis://127.0.0.1:${wire.port}` });
  wire.refusing = true;
  wire.cut();
  for (const id of ['a', 'b', 'c']) await cut.limits.settle(id, spent(10, 1));
  expect(await cut.metrics.scrape()).toContain('parley_usage_settlements_pending 3');
  wire.refusing = false;
  await cut.redis.ready(5_000);
  await cut.close();
  expect((await whole.reports.page({ tenant: 'acme', by: 'user', limit: 9 })).items).toMatchObject([
    { requests: 3 },
  ]);
  await clearUsage(whole.redis);
  await whole.close();
  await wire.stop();
});

describe('a share', () => {
  const NOW = Date.UTC(2026, 10, 25, 12);
  const share = (env: Record<string, string>, replicas: number, starts: number[] = []) =>
    new LocalShare(
      loadConfig(LimitsConfig, { REQUESTS_PER_MINUTE: '0', DAILY_TOKEN_LIMIT: '0', ...env }),
      { replicas, tokens: 0, day_cost: 0, month_cost: 0 },
      starts,
    );

  test('of starts: what this replica started before counts; what is more waits for its own slot', () => {
    const local = share({ REQUESTS_PER_MINUTE: '6' }, 3, [NOW - 10_000]);
    expect(local.reserve(ask('a'), undefined, NOW)).toMatchObject({ ok: true });
    expect(local.reserve(ask('b'), undefined, NOW)).toEqual({ ok: false, wait_ms: 51_000, reason: 'slot' });
    expect(local.reserve(ask('c'), undefined, NOW)).toEqual({ ok: false, wait_ms: 61_000, reason: 'slot' });
    expect(local.reserve(ask('b'), undefined, NOW + 1_000)).toMatchObject({ wait_ms: 50_000 });
    expect(local.reserve(ask('b'), undefined, NOW + 51_000)).toMatchObject({ ok: true });
  });

  test('of money, and never nothing of starts', () => {
    const local = share({ DAILY_BUDGET_USD: '0.0000001', REQUESTS_PER_MINUTE: '1' }, 5);
    const rate = { input: 0, output: 1 };
    const many = { max_output_tokens: 50, input_tokens: 0 };
    expect(local.reserve(ask('a', many), rate, NOW)).toMatchObject({ ok: true, output_tokens: 20 });
    expect(local.reserve(ask('b', many), rate, NOW)).toMatchObject({ code: 'budget_exhausted' });
    local.end('a', { tokens: 1, cost: 1 });
    expect(local.reserve(ask('b', many), rate, NOW)).toMatchObject({ wait_ms: 61_000 });
  });
});

test('what waits for Redis is bounded, and waits once', async () => {
  const late = new LateSettlements(2);
  const told = (id: string) => ({ id, settlement: spent(1, 1), counts: false });
  expect(['a', 'b', 'c', 'a'].map((id) => late.add(told(id)))).toEqual([true, true, false, true]);
  const settled: string[] = [];
  await expect(
    late.drain(async ({ id }) => {
      settled.push(id);
      if (id === 'b') throw new Error('away');
    }),
  ).rejects.toThrow('away');
  expect([settled, late.size]).toEqual([['a', 'b'], 1]);
});
