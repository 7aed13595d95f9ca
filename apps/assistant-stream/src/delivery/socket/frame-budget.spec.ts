import { expect, it } from '@jest/globals';
import { FrameBudget } from './frame-budget.js';

it('allows the burst, then the rate', () => {
  const budget = new FrameBudget(200, 1_000);
  const taken = (now: number, tries: number) =>
    Array.from({ length: tries }, () => budget.take(now)).filter(Boolean).length;
  expect(taken(0, 10_000)).toBe(1_000);
  expect(taken(500, 10_000)).toBe(100);
  expect(taken(60_000, 10_000)).toBe(1_000);
});
