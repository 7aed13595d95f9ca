import { expect, test } from '@jest/globals';
import { readFilters } from './read-filters.js';

const eq = { type: 'eq', key: 'team', value: 'sales' };

test.each([
  [eq],
  [{ type: 'gte', key: 'created_at', value: 1_700_000_000 }],
  [{ type: 'in', key: 'uuid', value: ['a', 'b'] }],
  [{ type: 'and', filters: [eq, { type: 'or', filters: [eq, { type: 'ne', key: 'x', value: false }] }] }],
])('%j is one', (filters) => {
  expect(readFilters(filters)).toBe(filters);
});

test.each([
  [null],
  [[eq]],
  ['eq'],
  [{}],
  [{ ...eq, more: 1 }],
  [{ ...eq, type: 'like' }],
  [{ ...eq, type: 'in' }],
  [{ ...eq, key: 'a b' }],
  [{ ...eq, value: null }],
  [{ ...eq, value: { $ne: 1 } }],
  [{ type: 'in', key: 'uuid', value: [] }],
  [{ type: 'and', filters: [] }],
  [{ type: 'and', filters: eq }],
  [{ type: 'and', filters: [{ type: 'or', filters: [null] }] }],
  [{ type: 'or', filters: Array.from({ length: 60 }, () => eq) }],
  [Array.from({ length: 9 }).reduce<object>((inner) => ({ type: 'and', filters: [inner] }), eq)],
])('%j is none', (filters) => {
  expect(() => readFilters(filters)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});
