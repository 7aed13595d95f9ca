// Many runs at once against one target, and what their subscribers saw. Knows nothing of who answers.
import { setTimeout as delay } from 'node:timers/promises';
import { sortedOf } from '../measure/percentiles.js';
import { StreamClient } from './stream-client.js';

export interface Load {
  runs: number;
  /** Deltas of each run. */
  tokens: number;
  /** Deltas per second of each run; 0 = as fast as they go. */
  rate: number;
  /** ms over which the runs begin. */
  spreadMs: number;
}

export interface LoadResult {
  /** Ascending ms from the provider's byte to the subscriber's frame, while all runs were under way. */
  latency: Float64Array;
  /** The same for the first delta of every run. */
  first: Float64Array;
  deltas: number;
  /** From the first to the last delta. */
  seconds: number;
}

/** Beyond this the load is given up: the target is stuck or far past saturation. */
const LIMIT_MS = 120_000;
let series = 0;

/** @throws Error when a run did not complete or a delta is missing, doubled or out of order */
export async function runLoad(url: string, load: Load): Promise<LoadResult> {
  const name = `bench-${process.pid}-${Date.now().toString(36)}-${++series}`;
  const sent: number[] = [];
  const received: number[] = [];
  const first: number[] = [];
  const begun: number[] = [];
  const finished: number[] = [];
  const open = (_: unknown, i: number): Promise<StreamClient> => {
    let expected = 1;
    return StreamClient.open(url, `${name}-${i}`, (number, sentAt, receivedAt) => {
      if (number !== expected++)
        throw new Error(`unable to measure; delta ${number} came as ${expected - 1}`);
      sent.push(sentAt);
      received.push(receivedAt);
      if (number === 1) {
        first.push(receivedAt - sentAt);
        begun.push(receivedAt);
      } else if (number === load.tokens) finished.push(receivedAt);
    });
  };
  const clients = await Promise.all(Array.from({ length: load.runs }, open));
  const started = performance.now();
  for (const [i, client] of clients.entries()) {
    const due = started + (i * load.spreadMs) / load.runs;
    if (performance.now() < due) await delay(Math.max(0, due - performance.now()));
    client.send(`${name}-${i} [[stamp]] [[tokens ${load.tokens}]] [[rate ${load.rate}]]`);
  }
  const late = new AbortController();
  const ends = await Promise.race([
    Promise.all(clients.map(({ ended }) => ended)),
    delay(LIMIT_MS, undefined, { signal: late.signal }),
  ]);
  late.abort();
  for (const client of clients) client.close();
  if (!ends) throw new Error(`unable to measure; the load took more than ${LIMIT_MS} ms`);
  const bad = ends.find((end) => end !== 'run.completed');
  if (bad) throw new Error(`unable to measure; a run ended with ${bad}`);
  if (sent.length !== load.runs * load.tokens)
    throw new Error(`unable to measure; ${sent.length} of ${load.runs * load.tokens} deltas arrived`);

  const [from, to] = [max(begun), min(finished)];
  const latency: number[] = [];
  for (const [i, at] of sent.entries()) if (at >= from && at <= to) latency.push(received[i]! - at);
  return {
    latency: sortedOf(latency),
    first: sortedOf(first),
    deltas: sent.length,
    seconds: (max(received) - min(sent)) / 1_000,
  };
}

const max = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);
const min = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
