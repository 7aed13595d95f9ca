import { expect, test } from '@jest/globals';
import type { ProviderHealth } from '../client/model-health.js';
import { ModelCatalogue } from './model-catalogue.js';
import { modelNotices, type ModelNotice } from './model-notices.js';

const TODAY = new Date('2026-11-21T12:00:00Z');
const healthy = (models: Record<string, string | null>): ProviderHealth => ({
  ok: true,
  at: 0,
  models: new Map(Object.entries(models)),
});
const ill: ProviderHealth = { ok: false, at: 0, reason: 'connection', models: new Map() };

const ROWS: [names: string[], health: ProviderHealth, expected: ModelNotice[]][] = [
  [['gpt-6-luna'], healthy({ 'gpt-6-luna': null }), []],
  [
    ['gpt-6-luna'],
    healthy({ 'gpt-6-luna': '2028-01-01' }),
    [{ name: 'gpt-6-luna', model: 'gpt-6-luna', notice: 'ending', shutdown_date: '2028-01-01' }],
  ],
  [
    ['gpt-4o-mini', 'gpt-4o-mini'],
    ill,
    [{ name: 'gpt-4o-mini', model: 'gpt-4o-mini', notice: 'ending', shutdown_date: '2027-01-14' }],
  ],
  [
    ['o4-mini'],
    healthy({ 'gpt-6-luna': null }),
    [
      { name: 'o4-mini', model: 'gpt-5.6-terra', notice: 'replaced', shutdown_date: '2026-10-23' },
      { name: 'o4-mini', model: 'gpt-5.6-terra', notice: 'unavailable' },
    ],
  ],
  [['house'], ill, []],
];
test.each(ROWS)('%j', (names, health, expected) => {
  expect(modelNotices(names, new ModelCatalogue(), health, TODAY)).toEqual(expected);
});
