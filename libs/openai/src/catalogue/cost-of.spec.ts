import { expect, it } from '@jest/globals';
import { costOf } from './cost-of.js';

const price = { input: 2, cached: 0.5, output: 8 };

it.each([
  ['nothing', { input_tokens: 0, output_tokens: 0 }, 0],
  ['input and output', { input_tokens: 1_000_000, output_tokens: 500_000 }, 6],
  ['cached input', { input_tokens: 1_000_000, output_tokens: 0, cached_tokens: 400_000 }, 1.4],
  ['more cached than there is', { input_tokens: 1_000_000, output_tokens: 0, cached_tokens: 2_000_000 }, 0.5],
])('%s', (_name, usage, dollars) => {
  expect(costOf(price, usage)).toBeCloseTo(dollars, 9);
});
