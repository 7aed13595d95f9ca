// A sum of usage: how it is stored, added up and shown.
import { NANO } from '../prices/prices.js';
import { COUNTS } from '../scripts/settle.lua.js';

export interface UsageCounts {
  /** Settled calls of the provider; the next four add up to it. */
  requests: number;
  completed: number;
  failed: number;
  cancelled: number;
  /** Nobody came back to say. */
  unknown: number;
  input_tokens: number;
  output_tokens: number;
  total_tokens: number;
  /** Of the input. */
  cached_tokens: number;
  /** Of the output. */
  reasoning_tokens: number;
  /** Of the calls whose price is known; null when there is none such. */
  cost_usd: number | null;
  /** Calls whose price is not known. */
  unpriced: number;
  /** Calls that count at their reserved size, because nobody said what they used. */
  estimated: number;
}

/** In the order of {@link COUNTS}. */
export type Sum = number[];

export const readSum = (text: string | null | undefined): Sum =>
  text ? text.split(' ').map(Number) : COUNTS.map(() => 0);

export const addSums = (a: Sum | undefined, b: Sum): Sum =>
  a === undefined ? b : a.map((n, i) => n + b[i]!);

export function toCounts(sum: Sum): UsageCounts {
  const of = Object.fromEntries(COUNTS.map((name, i) => [name, sum[i]!])) as Record<
    (typeof COUNTS)[number],
    number
  >;
  const { cost, unpriced, estimated, cached_tokens, reasoning_tokens, ...rest } = of;
  return {
    ...rest,
    total_tokens: of.input_tokens + of.output_tokens,
    cached_tokens,
    reasoning_tokens,
    cost_usd: unpriced > 0 && unpriced === of.requests ? null : cost / NANO,
    unpriced,
    estimated,
  };
}
