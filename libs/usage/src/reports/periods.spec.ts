import { expect, test } from '@jest/globals';
import { daysOf, monthsOf, periodsOf, readRange } from './periods.js';

const NOW = Date.UTC(2026, 10, 25, 23, 59);

test.each([
  [undefined, undefined, '2026-11-01', '2026-11-25'],
  ['2026-10', undefined, '2026-10-01', '2026-11-25'],
  ['2026-02', '2026-02', '2026-02-01', '2026-02-28'],
  ['2024-02', '2024-02', '2024-02-01', '2024-02-29'],
  [undefined, '2026-09-30', '2026-09-01', '2026-09-30'],
  [undefined, '2026-12', '2026-12-01', '2026-12-31'],
])('%s to %s', (from, to, first, last) => {
  expect(readRange(from, to, NOW)).toEqual({ from: first, to: last });
});

test.each([
  ['2026-02-30', undefined],
  ['2026-13', undefined],
  ['yesterday', undefined],
  ['2026-11-26T00:00:00Z', undefined],
  ['2026-11-02', '2026-11-01'],
  ['1999-01', '2026-11'],
  ['', undefined],
])('%s to %s is refused', (from, to) => {
  expect(() => readRange(from, to, NOW)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});

test('whole months stand for their days', () => {
  const range = { from: '2025-12-30', to: '2026-03-02' };
  expect(periodsOf(range)).toEqual([
    '2025-12-30',
    '2025-12-31',
    '2026-01',
    '2026-02',
    '2026-03-01',
    '2026-03-02',
  ]);
  expect(periodsOf({ from: '2026-01-01', to: '2026-01-31' })).toEqual(['2026-01']);
  expect(monthsOf(range)).toEqual(['2025-12', '2026-01', '2026-02', '2026-03']);
  expect(daysOf(range)).toHaveLength(63);
});
