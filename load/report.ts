// The report of a load, as figures and as lines. Pure.
import { quantile, sortedOf } from '../bench/measure/percentiles.js';
import type { Tally } from './tally.js';

/** US dollars per million tokens. */
export interface Price {
  input: number;
  output: number;
}

export interface LoadReport {
  requests: number;
  concurrent: number;
  /** From the first request to the last answer. */
  seconds: number;
  answered: number;
  /** Answered requests per second. */
  throughput: number;
  /** ms from the request's sending to its answer; null without answers. */
  latency: { p50: number; p90: number; p99: number; max: number } | null;
  /** Code → answers. */
  errors: Record<string, number>;
  missing: number;
  doubles: number;
  tokens: { prompt: number; completion: number };
  /** US dollars at list prices, nothing off for what the provider had cached; of priced models only. */
  cost: number;
  /** Models without a known price. */
  unpriced: string[];
}

export function toReport(
  tally: Tally,
  { requests, concurrent, ms }: { requests: number; concurrent: number; ms: number },
  priceOf: (model: string) => Price | undefined,
): LoadReport {
  const sorted = sortedOf(tally.latency);
  const seconds = ms / 1_000;
  let cost = 0;
  const sum = { prompt: 0, completion: 0 };
  const unpriced: string[] = [];
  for (const [model, { prompt, completion }] of tally.tokens) {
    sum.prompt += prompt;
    sum.completion += completion;
    const price = priceOf(model);
    if (price === undefined) unpriced.push(model);
    else cost += (prompt * price.input + completion * price.output) / 1_000_000;
  }
  const at = (q: number): number => round(quantile(sorted, q), 1);
  return {
    requests,
    concurrent,
    seconds: round(seconds, 2),
    answered: tally.done,
    throughput: seconds > 0 ? round(tally.done / seconds, 1) : 0,
    latency: sorted.length === 0 ? null : { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) },
    errors: Object.fromEntries([...tally.errors].toSorted(([a], [b]) => a.localeCompare(b))),
    missing: requests - tally.done,
    doubles: tally.doubles,
    tokens: sum,
    cost: round(cost, 6),
    unpriced,
  };
}

/** Every request has exactly one answer; what the answer says is another matter. */
export const isWhole = ({ missing, doubles }: LoadReport): boolean => missing === 0 && doubles === 0;

export function toLines(report: LoadReport): string[] {
  const { latency, errors, tokens, unpriced } = report;
  const failed = Object.entries(errors).map(([code, count]) => `${code} ${count}`);
  const rows: [string, string][] = [
    ['requests', `${report.requests}, ${report.concurrent} at a time`],
    ['answered', `${report.answered} in ${report.seconds} s, ${report.throughput}/s`],
    [
      'latency',
      latency
        ? `p50 ${latency.p50} ms, p90 ${latency.p90}, p99 ${latency.p99}, max ${latency.max}`
        : 'no answers',
    ],
    ['errors', failed.length > 0 ? failed.join(', ') : 'none'],
    ['missing', String(report.missing)],
    ['doubles', String(report.doubles)],
    ['tokens', `${tokens.prompt} in, ${tokens.completion} out`],
    ['cost', `$${report.cost.toFixed(6)}${unpriced.length > 0 ? `, without ${unpriced.join(', ')}` : ''}`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(9)} ${value}`);
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
