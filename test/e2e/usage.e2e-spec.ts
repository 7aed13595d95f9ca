// What was used, as a tenant, an operator and a spreadsheet get to see it: over REST and on the command line.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LimitsConfig, loadConfig } from '#config';
import { openTestState } from '#testing';
import { Limits, Prices, type Settlement } from '#usage';
import { TokenIssuer } from '../support/token-issuer.js';
import { startSystem, type ParleySystem, type Rest } from '../support/system.js';

const LIMITS = { DAILY_TOKEN_LIMIT: '5000', USER_DAILY_BUDGET_USD: '0.5', REQUESTS_PER_MINUTE: '0' };
const ADA = 'ada@example.com';
const FORMULA = '=cmd()';

let issuer: TokenIssuer;
let parley: ParleySystem;
beforeAll(async () => {
  issuer = await TokenIssuer.start();
  parley = await startSystem({ env: { ...issuer.env, ...LIMITS } });
  const redis = await openTestState(parley.prefix);
  const config = loadConfig(LimitsConfig, LIMITS);
  const limits = new Limits(redis, config, new Prices(config));
  const call = async (id: string, input: number, more: Partial<Settlement>): Promise<void> => {
    const settlement: Settlement = {
      usage: { input_tokens: input, output_tokens: 10, total_tokens: input + 10 },
      outcome: 'completed',
      model: 'gpt-6-luna',
      tenant: 'default',
      source: 'kafka',
      kind: 'text',
      response_id: `resp_${id}`,
      ...more,
    };
    const { tenant, user, model } = settlement;
    await limits.reserve({ id, tenant, user, model, input_tokens: input, max_output_tokens: 100 });
    await limits.settle(id, settlement);
  };
  await call('a', 100, { user: ADA });
  await call('b', 200, { user: ADA, model: 'house' });
  await call('c', 300, { user: FORMULA, kind: 'vision' });
  await call('d', 400, { user: 'bob@other.example', tenant: 'other' });
  await limits.onModuleDestroy();
  await redis.close();
}, 90_000);
afterAll(async () => {
  await parley?.stop();
  await issuer.stop();
}, 30_000);

const get = async (path: string, claims: object = {}, headers = {}): Promise<Rest> => {
  const token = await issuer.token({ scope: 'usage:read', ...claims } as never);
  return parley.rest('GET', path, undefined, { authorization: `Bearer ${token}`, ...headers });
};
const items = async (path: string, claims: object = {}): Promise<Record<string, unknown>[]> => {
  const { status, body } = await get(path, claims);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body['items'] as Record<string, unknown>[];
};
const operator = { scope: 'usage:read admin' };

describe('GET /usage', () => {
  test('sums by user, with known and unknown cost apart', async () => {
    expect(await items('/usage?by=user')).toMatchObject([
      { name: FORMULA, requests: 1, input_tokens: 300, output_tokens: 10, cost_usd: 0.000_035 },
      { name: ADA, requests: 2, total_tokens: 320, cost_usd: 0.000_015, unpriced: 1 },
    ]);
    expect(await items('/usage?by=model')).toMatchObject([
      { name: 'gpt-6-luna', requests: 2 },
      { name: 'house', cost_usd: null },
    ]);
    expect(await items('/usage')).toMatchObject([{ requests: 3, total_tokens: 630 }]);
    expect(await items('/usage?by=month&from=2020-01&to=2020-12')).toEqual([]);
  });

  test('a page at a time', async () => {
    const first = await get('/usage?by=user&limit=1');
    expect(first.body['items']).toHaveLength(1);
    const second = await get(`/usage?by=user&limit=1&cursor=${String(first.body['next'])}`);
    expect(second.body).toMatchObject({ items: [{ name: ADA }] });
    expect(second.body).not.toHaveProperty('next');
  });

  test('a tenant sees its own, an operator any', async () => {
    expect(await items('/usage?by=user', { tenant: 'other' })).toMatchObject([{ name: 'bob@other.example' }]);
    expect(await items('/usage?by=tenant', { tenant: 'other' })).toMatchObject([{ name: 'other' }]);
    expect(await items('/usage/ledger', { tenant: 'other' })).toMatchObject([{ id: 'd' }]);
    expect(await items('/usage?by=user', { tenant: 'nobody' })).toEqual([]);
    for (const path of [
      '/usage?tenant=other',
      '/usage?tenant=*',
      '/usage/ledger?tenant=other',
      '/usage/limits?tenant=other',
    ])
      expect([path, (await get(path)).status]).toEqual([path, 403]);
    expect(await items('/usage?by=tenant&tenant=*', operator)).toMatchObject([
      { name: 'default', requests: 3 },
      { name: 'other', requests: 1 },
    ]);
    expect(await items('/usage/ledger?tenant=other', operator)).toMatchObject([{ id: 'd' }]);
    expect((await get('/usage/ledger?tenant=*', operator)).status).toBe(400);
  });

  test.each([
    'by=colour',
    'from=yesterday',
    'from=2026-02-30',
    'from=2026-11-02&to=2026-11-01',
    'limit=0',
    'limit=5000',
    'cursor=%00',
    'tenant=a%2Fb',
    'by=user&by=day',
  ])('?%s is refused', async (query) => {
    const { status, body } = await get(`/usage?${query}`);
    expect([status, ['invalid_request', 'invalid_cursor'].includes(String(body['code']))]).toEqual([
      400,
      true,
    ]);
  });

  test('as CSV, which no spreadsheet takes for a formula', async () => {
    const answer = await get('/usage?by=user&limit=1', {}, { accept: 'text/csv' });
    expect(answer.headers.get('content-type')).toMatch(/^text\/csv/);
    const next = /^<(\/usage\?by=user&limit=1&cursor=[\w-]+)>; rel="next"$/.exec(answer.headers.get('link')!);
    const [head, row] = String(answer.body['text']).split('\r\n');
    expect(head).toMatch(/^tenant,name,requests,/);
    expect(row).toMatch(/^,'=cmd\(\),1,1,/);
    const second = await get(next![1]!, {}, { accept: 'application/json;q=0.5, text/csv' });
    expect(second.body['text']).toContain(`,${ADA},2,`);
    expect((await get('/usage', {}, { accept: '*/*' })).body).toHaveProperty('items');
  });
});

test('GET /usage/ledger: single calls, newest first', async () => {
  const first = await get('/usage/ledger?limit=2');
  expect(first.body['items']).toMatchObject([
    { id: 'c', kind: 'vision', response_id: 'resp_c', cost_usd: 0.000_035 },
    { id: 'b', model: 'house', cost_usd: null },
  ]);
  expect(await items(`/usage/ledger?cursor=${String(first.body['next'])}`)).toMatchObject([{ id: 'a' }]);
  expect(await items('/usage/ledger?to=2020-01-01')).toEqual([]);
  const csv = await get('/usage/ledger', {}, { accept: 'text/csv' });
  expect(String(csv.body['text'])).toContain(",c,'=cmd(),gpt-6-luna,");
});

test('GET /usage/limits: how they stand; what others use is for operators', async () => {
  const row = (list: Record<string, unknown>[], scope: string, limit: string) =>
    list.find((one) => one['scope'] === scope && one['limit'] === limit);
  const mine = await items(`/usage/limits?user=${encodeURIComponent(ADA)}`);
  expect(row(mine, 'service', 'tokens_per_day')).toEqual({
    scope: 'service',
    limit: 'tokens_per_day',
    max: 5_000,
    resets_at: expect.stringMatching(/T00:00:00.000Z$/),
  });
  expect(row(mine, 'user', 'usd_per_day')).toMatchObject({ max: 0.5, used: 0.000_015, held: 0 });
  expect(row(mine, 'tenant', 'tokens_per_day')).toMatchObject({ max: 0, used: 630 });
  const all = await items('/usage/limits', operator);
  expect(row(all, 'service', 'tokens_per_day')).toMatchObject({ used: 1_040, held: 0 });
});

test('parley usage: lines, CSV and JSON of any tenant', async () => {
  expect(await parley.cliAnswer('usage', '--by', 'user')).toBe(
    [
      `${FORMULA}  1 requests (0 failed)  300 in  10 out  $0.000035`,
      `${ADA}  2 requests (0 failed)  300 in  20 out  $0.000015 and 1 of unknown cost`,
      '',
    ].join('\n'),
  );
  expect(await parley.cliAnswer('usage', '--by', 'user', '--csv')).toContain("\r\n,'=cmd(),1,");
  const json = await parley.cliAnswer('usage', '--by', 'tenant', '--tenant', '*', '--json');
  expect(JSON.parse(json)).toMatchObject({ by: 'tenant', items: [{ name: 'default' }, { name: 'other' }] });
  expect(await parley.cliAnswer('usage', 'limits', '--user', ADA)).toMatch(
    /^user {2}usd_per_day {2}0\.000015 used, 0 held of 0\.5 {2}until \d{4}-/m,
  );
  for (const wrong of [['--by', 'colour'], ['--from', 'never'], ['nonsense']])
    expect(await parley.cli(['usage', ...wrong])).toMatchObject({ code: 1 });
}, 60_000);

test('the scrape tells tokens and dollars of the day, and no address', async () => {
  const text = String((await parley.rest('GET', '/metrics')).body['text']);
  expect(text).toContain('parley_usage_period_tokens{period="day"} 1040');
  expect(text).toMatch(/^parley_usage_top_user_requests\{user="[0-9a-f]{12}"\} 2$/m);
  expect(text).not.toContain('@');
});
