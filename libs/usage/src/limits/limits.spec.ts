// Limits over several replicas on a real Redis: what many at once may get, what is given back, and that nothing counts twice.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SETTLE, RELEASE } from '../scripts/settle.lua.js';
import { RESERVE } from '../scripts/reserve.lua.js';
import { ask, clearUsage, openUsage, spent, testPrefix, type TestUsage } from '../testing.js';
import type { ReserveAnswer } from './reservation.js';

let replicas: TestUsage[];
let prefix: string;
beforeEach(() => {
  replicas = [];
  prefix = testPrefix();
});
afterEach(async () => {
  await clearUsage(replicas[0]!.redis);
  await Promise.all(replicas.map((replica) => replica.close()));
});

const open = async (env: Record<string, string>, count = 1): Promise<TestUsage> => {
  replicas = await Promise.all(
    Array.from({ length: count }, () => openUsage({ ...env, REDIS_PREFIX: prefix })),
  );
  return replicas[0]!;
};
const granted = (answers: ReserveAnswer[]) => answers.filter((answer) => answer.ok);
const all = (count: number, over = {}): Promise<ReserveAnswer[]> =>
  Promise.all(
    Array.from({ length: count }, (_, i) =>
      replicas[i % replicas.length]!.limits.reserve(ask(`r${i}`, over)),
    ),
  );
const standing = async (scope: string, limit: string) =>
  (await replicas[0]!.standing.of('acme', 'ada@example.com')).find(
    (row) => row.scope === scope && row.limit === limit,
  )!;

describe('tokens of a day', () => {
  test.each([
    ['service', 'DAILY_TOKEN_LIMIT'],
    ['tenant', 'TENANT_DAILY_TOKEN_LIMIT'],
    ['user', 'USER_DAILY_TOKEN_LIMIT'],
  ])('1,000 at once over four replicas never get more than the %s has', async (scope, name) => {
    await open({ [name]: '100' }, 4);
    const answers = await all(1_000);
    expect(granted(answers)).toHaveLength(5);
    expect(answers.filter((a) => !a.ok && 'wait_ms' in a && a.reason === 'held')).toHaveLength(995);
    expect(await standing(scope, 'tokens_per_day')).toMatchObject({ max: 100, used: 0, held: 100 });
    for (const answer of granted(answers))
      await replicas[1]!.limits.settle(
        (answer as { reservation: { id: string } }).reservation.id,
        spent(10, 10),
      );
    expect(await standing(scope, 'tokens_per_day')).toMatchObject({ used: 100, held: 0 });
    const late = await replicas[2]!.limits.reserve(ask('late'));
    expect(late).toMatchObject({ ok: false, code: 'token_limit_reached' });
    expect((late as { resets_at: number }).resets_at % 86_400_000).toBe(0);
  });

  test('the last one gets fewer output tokens, down to what is worth asking for', async () => {
    const { limits } = await open({ DAILY_TOKEN_LIMIT: '100' });
    expect(await limits.reserve(ask('a', { max_output_tokens: 60 }))).toMatchObject({ output_tokens: 60 });
    await limits.settle('a', spent(10, 44));
    expect(await limits.reserve(ask('b', { max_output_tokens: 60 }))).toMatchObject({ output_tokens: 36 });
    await limits.settle('b', spent(10, 20));
    expect(await limits.reserve(ask('c', { max_output_tokens: 60 }))).toMatchObject({
      code: 'token_limit_reached',
    });
    expect(await limits.reserve(ask('d', { input_tokens: 1, max_output_tokens: 3 }))).toMatchObject({
      ok: true,
    });
  });

  test('users and tenants have counters of their own, however an address is written', async () => {
    const { limits } = await open({ USER_DAILY_TOKEN_LIMIT: '20' });
    expect(await limits.reserve(ask('a'))).toMatchObject({ ok: true });
    await limits.settle('a', spent(10, 10));
    expect(await limits.reserve(ask('b', { user: ' ADA@Example.com ' }))).toMatchObject({ ok: false });
    expect(await limits.reserve(ask('c', { user: 'bob@example.com' }))).toMatchObject({ ok: true });
    expect(await limits.reserve(ask('d', { tenant: 'other' }))).toMatchObject({ ok: true });
    expect(await limits.reserve(ask('e', { user: undefined }))).toMatchObject({ ok: true });
  });
});

test.each([NaN, -1, 0.5, Infinity, 2 ** 60])(
  'a size of %p is refused before it could spoil a counter',
  async (size) => {
    const { limits } = await open({ DAILY_TOKEN_LIMIT: '100' });
    for (const over of [{ input_tokens: size }, { max_output_tokens: size }])
      await expect(limits.reserve(ask('a', over))).rejects.toMatchObject({ code: 'invalid_request' });
  },
);

describe('budgets', () => {
  // 10 tokens in at 0.125 dollars a million at most, 10 out at 0.5: 6.25 millionths of a dollar.
  test.each(['DAILY_BUDGET_USD', 'MONTHLY_BUDGET_USD', 'TENANT_DAILY_BUDGET_USD', 'USER_MONTHLY_BUDGET_USD'])(
    '1,000 at once never hold more than %s',
    async (name) => {
      const { limits } = await open({ [name]: '0.000625' }, 4);
      const answers = await all(1_000);
      expect(granted(answers)).toHaveLength(100);
      for (const answer of granted(answers)) {
        const { reservation } = answer as { reservation: { id: string; cost_usd: number } };
        expect(reservation.cost_usd).toBeCloseTo(0.000_006_25, 12);
        await limits.settle(reservation.id, spent(10, 12));
      }
      expect(await limits.reserve(ask('late', { max_output_tokens: 100 }))).toMatchObject({
        ok: false,
        code: 'budget_exhausted',
      });
    },
  );

  test('a model without a price is admitted until the budget is used up, and its cost is unknown', async () => {
    const { limits } = await open({ DAILY_BUDGET_USD: '0.00001' });
    const house = { model: 'house-model' };
    expect(await limits.reserve(ask('a', house))).toMatchObject({ reservation: { cost_usd: null } });
    expect(await limits.settle('a', spent(10, 10, house))).toEqual({ cost_usd: null, first: true });
    expect(await limits.settle('b', spent(100, 10))).toEqual({ cost_usd: 0.000_015, first: true });
    await limits.reserve(ask('c', { max_output_tokens: 17 }));
    await limits.settle('c', spent(100, 10));
    expect(await limits.reserve(ask('d', house))).toMatchObject({ code: 'budget_exhausted' });
  });
});

describe('idempotence', () => {
  test('those that are set are told to the metrics, and no others', async () => {
    const { limits, metrics } = await open({ DAILY_TOKEN_LIMIT: '500', REQUESTS_PER_MINUTE: '30' });
    limits.join();
    const told = (await metrics.scrape()).split('\n').filter((line) => line.startsWith('parley_limit{'));
    expect(told.sort()).toEqual([
      'parley_limit{scope="service",limit="requests_per_minute"} 30',
      'parley_limit{scope="service",limit="tokens_per_day"} 500',
    ]);
  });

  test('the same id has the same reservation, through crashes and over replicas', async () => {
    await open({ DAILY_TOKEN_LIMIT: '1000' }, 2);
    const first = await replicas[0]!.limits.reserve(ask('a'));
    for (const replica of replicas) expect(await replica.limits.reserve(ask('a'))).toEqual(first);
    expect(await standing('service', 'tokens_per_day')).toMatchObject({ held: 20 });
  });

  test('settled twice counts once: by response, by request, by id', async () => {
    const { limits, reports } = await open({ DAILY_TOKEN_LIMIT: '1000' });
    for (const [id, ids] of Object.entries({
      a: { response_id: 'resp_1', provider_request_id: 'req_1' },
      b: { provider_request_id: 'req_2' },
      c: {},
    })) {
      await limits.reserve(ask(id));
      const first = await limits.settle(id, spent(7, 3, ids));
      expect(first.first).toBe(true);
      expect(await limits.settle(id, spent(7, 3, ids))).toEqual({ ...first, first: false });
    }
    // A worker that took over read the same response over another connection.
    await limits.reserve(ask('a'));
    expect(
      await limits.settle('a', spent(7, 3, { response_id: 'resp_1', provider_request_id: 'req_9' })),
    ).toMatchObject({ first: false });
    expect(await standing('service', 'tokens_per_day')).toMatchObject({ used: 30, held: 0 });
    const page = await reports.page({ tenant: 'acme', by: 'user', limit: 10 });
    expect(page.items).toMatchObject([{ requests: 3, input_tokens: 21, output_tokens: 9 }]);
  });

  test('a repeat of a failed call is a reservation and a settlement of its own', async () => {
    const { limits, reports } = await open({ DAILY_TOKEN_LIMIT: '1000' });
    await limits.reserve(ask('a'));
    expect(await limits.settle('a', spent(0, 0, { outcome: 'failed', usage: undefined }))).toEqual({
      cost_usd: 0,
      first: true,
    });
    expect(await standing('service', 'tokens_per_day')).toMatchObject({ used: 0, held: 0 });
    await limits.reserve(ask('a'));
    expect((await limits.settle('a', spent(10, 5))).first).toBe(true);
    expect(await standing('service', 'tokens_per_day')).toMatchObject({ used: 15, held: 0 });
    const { items } = await reports.page({ tenant: 'acme', by: 'day', limit: 10 });
    expect(items).toMatchObject([{ requests: 2, failed: 1, completed: 1 }]);
  });

  test('what ends hours later counts as used: others are refused and do not wait, until it is known', async () => {
    const { limits, upkeep, redis } = await open({ DAILY_TOKEN_LIMIT: '35', RESERVATION_SECONDS: '10' }, 2);
    const batched = { start: false, hold_ms: 3_600_000, service_tier: 'batch' };
    const first = await limits.reserve(ask('a', batched));
    expect(first).toMatchObject({ ok: true, output_tokens: 10 });
    expect(await replicas[1]!.limits.reserve(ask('c'))).toMatchObject({ code: 'token_limit_reached' });
    const cost = (answer: ReserveAnswer) => (answer.ok ? answer.reservation.cost_usd! : NaN);
    const [at] = await redis.client
      .zrange(`${redis.keys.usage}open`, '0', '-1', 'WITHSCORES')
      .then((x) => x.slice(1));
    expect(Number(at)).toBeGreaterThan(Date.now() + 3_000_000);
    expect((await upkeep.run()).reservations).toBe(0);
    // By another replica, and twice.
    for (const { limits: each } of replicas) await each.settle('a', spent(10, 1, { service_tier: 'batch' }));
    const whole = await limits.reserve(ask('d'));
    expect(whole).toMatchObject({ ok: true, output_tokens: 10 });
    expect(cost(first) * 2).toBeCloseTo(cost(whole), 9);
    await limits.settle('d', spent(1, 1));
    const again = await limits.reserve(ask('e', batched));
    expect(again).toMatchObject({ ok: true });
    await limits.release('e');
    await limits.release('e');
    expect(await limits.reserve(ask('f', { input_tokens: 7 }))).toMatchObject({
      ok: true,
      output_tokens: 10,
    });
  });

  test('released twice gives back once, the start too', async () => {
    const { limits } = await open({ DAILY_TOKEN_LIMIT: '100', REQUESTS_PER_MINUTE: '1' });
    await limits.reserve(ask('a'));
    await limits.release('a');
    await limits.release('a');
    expect(await standing('service', 'tokens_per_day')).toMatchObject({ used: 0, held: 0 });
    expect(await limits.reserve(ask('b'))).toMatchObject({ ok: true });
    expect(await limits.reserve(ask('c'))).toMatchObject({ ok: false, reason: 'slot' });
  });

  test('each script sent twice, byte for byte, leaves what it left once', async () => {
    const { redis, limits } = await open({ DAILY_TOKEN_LIMIT: '1000', REQUESTS_PER_MINUTE: '5' });
    const run = redis.run.bind(redis);
    redis.run = (async (...call: Parameters<typeof run>) => {
      const first = await run(...call);
      const second = await run(...call);
      if (call[0] === RESERVE) expect(second).toEqual(first);
      if (call[0] === SETTLE)
        expect((second as unknown[][])[0]!.slice(0, 2)).toEqual([0, (first as unknown[][])[0]![1]]);
      if (call[0] === RELEASE) expect(second).toBe(0);
      return first;
    }) as typeof redis.run;
    await limits.reserve(ask('a'));
    await limits.settle('a', spent(5, 5));
    await limits.reserve(ask('b'));
    await limits.release('b');
    expect(await standing('service', 'tokens_per_day')).toMatchObject({ used: 10, held: 0 });
    expect(await standing('service', 'requests_per_minute')).toMatchObject({ used: 1, held: 0 });
  });
});

describe('reservations that nobody settles', () => {
  test('count at their full size once they are given up, and a late word about them changes nothing', async () => {
    const { limits, redis, upkeep, ledger } = await open({ DAILY_TOKEN_LIMIT: '1000' });
    await limits.reserve(ask('dead'));
    await limits.reserve(ask('alive'));
    await redis.client.zadd(`${redis.keys.usage}open`, 1, 'dead');
    expect(await upkeep.run()).toEqual({ reservations: 1, rows: 0 });
    expect(await upkeep.run()).toEqual({ reservations: 0, rows: 0 });
    expect(await standing('service', 'tokens_per_day')).toMatchObject({ used: 20, held: 20 });
    expect(await limits.settle('dead', spent(3, 3, { response_id: 'resp_late' }))).toMatchObject({
      first: false,
    });
    expect((await ledger.page({ tenant: 'acme', limit: 10 })).items).toMatchObject([
      { id: 'dead', outcome: 'unknown', estimated: true, input_tokens: 10, user: 'ada@example.com' },
    ]);
  });
});
