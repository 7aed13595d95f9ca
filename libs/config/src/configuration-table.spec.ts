import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ALL_CONFIGS } from './all-configs.js';
import { configurationTable } from './configuration-table.js';
import { describeConfigs } from './describe-config.js';

const PAGE = 'docs/configuration.md';

test('docs/configuration.md is what the config classes say', () => {
  const text = configurationTable();
  if (process.env['UPDATE_DOCS']) writeFileSync(PAGE, text);
  expect(readFileSync(PAGE, 'utf8')).toBe(text);
});

test('no variable is declared twice', () => {
  const names = describeConfigs(ALL_CONFIGS).map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
});
