// How long a plan waits before it asks again after a failure of the provider. Pure.
import type { UpstreamError, UpstreamKind } from '#openai';

const AGAIN: ReadonlySet<UpstreamKind> = new Set<UpstreamKind>([
  'rate_limit',
  'overloaded',
  'server',
  'connection',
  'stream_cut',
  'sequence_gap',
  'malformed',
  'timeout_first_output',
  'timeout_idle',
]);
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** So that those who failed together do not come back together. */
const JITTER = 0.25;

/**
 * 1 s, 2 s, 4 s … up to a minute, with up to a quarter more; `Retry-After` wins.
 * @param failures before this one
 * @returns ms; undefined when it is not to be asked again here
 */
export function retryPause(
  error: UpstreamError,
  failures: number,
  most: number,
  random: () => number = Math.random,
): number | undefined {
  if (!AGAIN.has(error.kind) || failures >= most) return undefined;
  const asked = error.retry_after_ms;
  if (asked !== undefined) return asked > LONGEST_MS ? undefined : asked;
  return Math.round(Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 16)) * (1 + JITTER * random()));
}
