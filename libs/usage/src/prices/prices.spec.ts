import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { LimitsConfig, loadConfig } from '#config';
import { Prices, type BilledUsage } from './prices.js';

const dir = mkdtempSync(join(tmpdir(), 'prices-'));
afterAll(() => rmSync(dir, { recursive: true }));
const file = (content: unknown): string => {
  const path = join(dir, 'prices.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const prices = (content?: unknown): Prices =>
  new Prices(loadConfig(LimitsConfig, content === undefined ? {} : { PRICES_FILE: file(content) }));
const usage = (
  input_tokens: number,
  output_tokens: number,
  more: Partial<BilledUsage> = {},
): BilledUsage => ({
  input_tokens,
  output_tokens,
  total_tokens: input_tokens + output_tokens,
  ...more,
});

describe('the catalogue', () => {
  /** In billionths of a dollar. */
  const ROWS: [
    what: string,
    model: string,
    usage: BilledUsage,
    tier: string | undefined,
    cost: number | undefined,
  ][] = [
    ['plain', 'gpt-6-luna', usage(1_000, 100), undefined, 1_000 * 100 + 100 * 500],
    ['a snapshot', 'gpt-4o-mini-2024-07-18', usage(1_000, 0), undefined, 150_000],
    ['a fine-tune, by its base', 'ft:gpt-4o-mini:acme::x1', usage(0, 1_000), undefined, 600_000],
    [
      'sound by the minute, whatever its tokens',
      'gpt-transcribe',
      usage(900, 30, { seconds: 90 }),
      undefined,
      6_750_000,
    ],
    [
      'sound by tokens',
      'gpt-4o-transcribe',
      usage(900, 30, { seconds: 90 }),
      undefined,
      900 * 2_500 + 30 * 10_000,
    ],
    ['cached input', 'gpt-6-luna', usage(1_000, 0, { cached_tokens: 900 }), undefined, 10_000 + 9_000],
    [
      'written to the cache',
      'gpt-6-luna',
      usage(1_000, 0, { cache_write_tokens: 1_000 }),
      undefined,
      125_000,
    ],
    [
      'written where that costs nothing more',
      'gpt-5.2',
      usage(100, 0, { cache_write_tokens: 100 }),
      undefined,
      175_000,
    ],
    ['a long prompt, as a whole', 'gpt-6-luna', usage(272_001, 10), undefined, 272_001 * 200 + 10 * 750],
    ['a long prompt of a model that minds not', 'gpt-5.4-mini', usage(300_000, 0), undefined, 225_000_000],
    ['flex', 'gpt-6-luna', usage(1_000, 0), 'flex', 50_000],
    ['priority', 'gpt-6-luna', usage(1_000, 0), 'priority', 200_000],
    ['a tier that nobody knows', 'gpt-6-luna', usage(1_000, 0), 'constructor', 100_000],
    ['a model that nobody knows', 'house-model', usage(1_000, 0), undefined, undefined],
    ['a model without a price', 'gpt-5.5-pro', usage(1_000, 0), undefined, undefined],
    ['a name of JavaScript', '__proto__', usage(1_000, 0), undefined, undefined],
  ];
  test.each(ROWS)('%s', (_, model, used, tier, cost) => {
    expect(prices().cost(model, used, tier)).toBe(cost);
  });

  test('what is held for a call is never less than it costs', () => {
    const rate = prices().rate('gpt-6-luna', 300_000)!;
    const most = 300_000 * rate.input + 50 * rate.output;
    for (const more of [{}, { cached_tokens: 300_000 }, { cache_write_tokens: 300_000 }])
      expect(prices().cost('gpt-6-luna', usage(300_000, 50, more))!).toBeLessThanOrEqual(most);
  });
});

describe('PRICES_FILE', () => {
  test('goes before the catalogue, name by name, and * takes the rest', () => {
    const own = prices({
      as_of: '2026-12-01',
      models: { 'gpt-6-luna': { input: 7, output: 0 }, '*': { input: 1, output: 2 } },
    });
    expect(own.cost('gpt-6-luna', usage(10, 10, { cached_tokens: 10 }))).toBe(70_000);
    expect(own.cost('gpt-6-sol', usage(10, 0))).toBe(20_000);
    expect(own.cost('house-model', usage(10, 10))).toBe(30_000);
    expect(['gpt-6-luna', 'gpt-4o-2024-08-06', 'house-model'].map((model) => own.label(model))).toEqual([
      'gpt-6-luna',
      'gpt-4o',
      'other',
    ]);
  });

  test.each([
    ['{', 'not valid JSON'],
    [[], 'no object "models"'],
    [{ models: { m: { input: 1 } } }, '"m" needs input and output'],
    [{ models: { m: { input: '1', output: 1 } } }, '"m": "input" is not a price'],
    [{ models: { m: { input: -1, output: 1 } } }, '"m": "input" is not a price'],
    [{ models: { m: { input: 1, output: 1, outputs: 1 } } }, '"m": "outputs" is not a price'],
    [{ models: { m: 3 } }, '"m" has no prices'],
    [' '.repeat(1_000_001), 'too large'],
  ])('a fault ends the start and is named: %j', (content, reason) => {
    expect(() => prices(content)).toThrow(`unable to read PRICES_FILE; `);
    expect(() => prices(content)).toThrow(reason);
  });

  test('so does a file that is not there', () => {
    const config = loadConfig(LimitsConfig, { PRICES_FILE: join(dir, 'none.json') });
    expect(() => new Prices(config)).toThrow('it cannot be read');
  });
});
