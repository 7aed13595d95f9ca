// What settlements leave behind: sums, rows, metrics, and how a user's part is exported and erased. On a real Redis.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { EVERYBODY } from '../scripts/settle.lua.js';
import { ask, clearUsage, openUsage, spent, testPrefix, type TestUsage } from '../testing.js';
import { UsageMetrics } from './usage-metrics.js';
import type { UsageBy, UsageRow } from './usage-reports.js';

let usage: TestUsage;
beforeEach(async () => {
  usage = await openUsage({ REDIS_PREFIX: testPrefix() });
});
afterEach(async () => {
  await clearUsage(usage.redis);
  await usage.close();
});

const ADA = 'ada@example.com';
const rows = async (by: UsageBy, tenant = 'acme'): Promise<UsageRow[]> =>
  (await usage.reports.page({ tenant, by, limit: 100 })).items;
const brief = (list: UsageRow[]) =>
  list.map(({ name, requests, total_tokens }) => [name, requests, total_tokens]);

async function spend(): Promise<void> {
  const { limits } = usage;
  await limits.settle('r1', spent(10, 1, { assistant: 'asst_1', response_id: 'resp_1' }));
  await limits.settle('r2', spent(20, 2, { user: 'bob@example.com', kind: 'vision', model: 'gpt-6-sol' }));
  await limits.settle('r3', spent(30, 3, { user: undefined, model: 'house', assistant: 'asst_1' }));
  await limits.settle('r4', spent(40, 4, { user: '__proto__', outcome: 'cancelled' }));
  await limits.settle('r5', spent(50, 5, { tenant: 'other' }));
}

test('sums by everything, and a tenant only has its own', async () => {
  await spend();
  const today = new Date().toISOString().slice(0, 10);
  expect(brief(await rows('user'))).toEqual([
    ['', 1, 33],
    ['__proto__', 1, 44],
    [ADA, 1, 11],
    ['bob@example.com', 1, 22],
  ]);
  expect(brief(await rows('model'))).toEqual([
    ['gpt-6-luna', 2, 55],
    ['gpt-6-sol', 1, 22],
    ['house', 1, 33],
  ]);
  expect(brief(await rows('assistant'))).toEqual([
    ['', 2, 66],
    ['asst_1', 2, 44],
  ]);
  expect(brief(await rows('kind'))).toEqual([
    ['text', 3, 88],
    ['vision', 1, 22],
  ]);
  expect(brief(await rows('tenant'))).toEqual([['acme', 4, 110]]);
  expect(brief(await rows('tenant', EVERYBODY))).toEqual([
    ['acme', 4, 110],
    ['other', 1, 55],
  ]);
  expect(brief(await rows('day', EVERYBODY))).toEqual([[today, 5, 165]]);
  expect(brief(await rows('month'))).toEqual([[today.slice(0, 7), 4, 110]]);
  expect((await rows('user', EVERYBODY)).map(({ tenant, name }) => [tenant, name])).toContainEqual([
    'other',
    ADA,
  ]);
  const byModel = await rows('model');
  expect(byModel.map(({ cost_usd, unpriced }) => [cost_usd, unpriced])).toEqual([
    [0.000_007_5, 0],
    [0.000_06, 0],
    [null, 1],
  ]);
  expect((await rows('tenant'))[0]).toMatchObject({
    cost_usd: 0.000_067_5,
    unpriced: 1,
    completed: 3,
    cancelled: 1,
  });
});

test('pages of sums and of rows go on where they ended', async () => {
  await spend();
  const names: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await usage.reports.page({ tenant: 'acme', by: 'user', limit: 1, cursor });
    names.push(...page.items.map(({ name }) => name));
    cursor = page.next;
    if (cursor === undefined) break;
  }
  expect(names).toEqual(['', '__proto__', ADA, 'bob@example.com']);
  const ids: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await usage.ledger.page({ tenant: 'acme', limit: 3, cursor });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.next;
    if (cursor === undefined) break;
  }
  expect(ids).toEqual(['r4', 'r3', 'r2', 'r1']);
  for (const cursor of ['', '%', 'a b', '=', 'AAAA===']) {
    const page = usage.reports.page({ tenant: 'acme', by: 'user', limit: 1, cursor });
    await expect(page).rejects.toMatchObject({ code: 'invalid_cursor' });
    await expect(usage.ledger.page({ tenant: 'acme', limit: 1, cursor })).rejects.toMatchObject({
      code: 'invalid_cursor',
    });
  }
});

test("a user's part is exported, then erased everywhere; the sums keep the figures without the name", async () => {
  const { limits, personal, redis, ledger } = usage;
  await spend();
  await limits.reserve(ask('open'));
  await limits.settle('r6', spent(1, 1, { user: ' Ada@Example.COM' }));
  const before = await rows('tenant');
  const exported = await personal.exportUser('acme', 'ADA@example.com');
  expect(exported).toMatchObject({ user: ADA, rows: [{ id: 'r1', model: 'gpt-6-luna' }, { id: 'r6' }] });
  expect(exported.periods).toHaveLength(2);
  expect(exported.periods[0]).toMatchObject({ requests: 2, input_tokens: 11 });

  expect(await personal.eraseUser('acme', ADA)).toEqual({ rows: 2, periods: 2 });
  expect(await personal.eraseUser('acme', ADA)).toEqual({ rows: 0, periods: 0 });
  expect(await personal.exportUser('acme', ADA)).toMatchObject({ periods: [], rows: [] });
  expect(await rows('tenant')).toEqual(before);
  expect(brief(await rows('user'))).toEqual([
    ['', 3, 46],
    ['__proto__', 1, 44],
    ['bob@example.com', 1, 22],
  ]);
  // Nobody else's: the same address in another tenant is another person.
  expect((await ledger.page({ tenant: 'other', limit: 10 })).items).toMatchObject([{ user: ADA }]);
  await redis.client.zadd(`${redis.keys.usage}open`, 1, 'open');
  await usage.upkeep.run();
  expect((await ledger.page({ tenant: 'acme', limit: 1 })).items).toMatchObject([{ id: 'open', user: '' }]);
  const dump = await everything('other');
  expect(dump).toContain('bob@example.com');
  expect(dump).not.toMatch(/ada@/i);
});

/** Keys and values of all that this test has in Redis, but for one tenant's. */
async function everything(but: string): Promise<string> {
  const { client, keys } = usage.redis;
  const parts: string[] = [];
  for (const key of await client.keys(`${keys.prefix}*`)) {
    if (key.includes(`:${but}`)) continue;
    const type = await client.type(key);
    parts.push(key);
    if (type === 'string') parts.push((await client.get(key)) ?? '');
    if (type === 'hash') parts.push(JSON.stringify(await client.hgetall(key)));
    if (type === 'stream') parts.push(JSON.stringify(await client.xrange(key, '-', '+')));
    if (type === 'set') parts.push(JSON.stringify(await client.smembers(key)));
    if (type === 'zset')
      parts.push(...(await client.zrange(key, '0', '-1')).filter((member) => !member.startsWith(`${but} `)));
  }
  return parts.join('\n');
}

test('everything has its end: rows by upkeep, keys by expiry', async () => {
  const { redis, ledger, upkeep } = usage;
  await spend();
  await redis.client.xadd(`${redis.keys.usage}ledger:old`, '5-0', 'id', 'old');
  await redis.client.sadd(`${redis.keys.usage}tenants`, 'old');
  expect(await upkeep.run()).toEqual({ reservations: 0, rows: 1 });
  expect((await ledger.page({ tenant: 'acme', limit: 9 })).items).toHaveLength(4);
  const days = async (key: string) => Math.round((await redis.client.ttl(redis.keys.usage + key)) / 86_400);
  const today = new Date().toISOString().slice(0, 10);
  expect(await days(`sum:${today}:acme:user`)).toBe(401);
  expect(await days(`sum:${today.slice(0, 7)}:acme:user`)).toBe(431);
  expect(await days('ledger:acme')).toBe(90);
  for (const key of await redis.client.keys(`${redis.keys.usage}*`))
    expect([key, (await redis.client.ttl(key)) > 0]).toEqual([key, !/:(tenants|ledger:old)$/.test(key)]);
});

test('metrics tell tokens, dollars and kinds by finite labels, and users by pseudonyms only', async () => {
  const { metrics, redis, limits } = usage;
  const told = new UsageMetrics(redis, metrics);
  await spend();
  for (let i = 0; i < 30; i++) await limits.settle(`m${i}`, spent(1, 1, { user: `user${i}@example.com` }));
  await limits.reserve(ask('open'));
  const text = await metrics.scrape();
  expect(told).toBeDefined();
  expect(text).toContain('parley_usage_tokens_total{model="gpt-6-sol",part="input"} 20');
  expect(text).toContain('parley_usage_cost_usd_total{model="gpt-6-sol"} 0.00006');
  expect(text).toContain('parley_usage_unpriced_total{model="other"} 1');
  expect(text).toContain('parley_usage_requests_total{kind="vision",outcome="completed"} 1');
  expect(text).toContain('parley_usage_period_tokens{period="day"} 225');
  expect(text).toContain('parley_usage_period_tokens{period="month"} 225');
  expect(text).toContain('parley_usage_reservations_open 1');
  expect(text.match(/^parley_usage_top_user_requests\{user="[0-9a-f]{12}"\} \d+$/gm)).toHaveLength(10);
  expect(text).not.toMatch(/@|example|house/);
});
