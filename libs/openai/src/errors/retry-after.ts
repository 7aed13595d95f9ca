// How long a provider asks us to wait, from its headers. Any length is believed: the run is re-scheduled,
// nobody sleeps on it.

const DURATION =
  /^(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;

/** Thirty days: beyond that it is not a pause but a misprint. */
const LONGEST_MS = 30 * 86_400_000;

/**
 * Milliseconds, or `undefined` when nothing usable is said. Reads `retry-after-ms`, `retry-after` (seconds or
 * an HTTP date, RFC 9110 §10.2.3) and, with nothing left of an allowance, `x-ratelimit-reset-*` (`6m0s`).
 */
export function retryAfterMs(headers: Headers | undefined, now: number): number | undefined {
  if (headers === undefined) return undefined;
  const millis = nonNegative(headers.get('retry-after-ms'));
  if (millis !== undefined) return bounded(millis);
  const after = headers.get('retry-after');
  const seconds = nonNegative(after);
  if (seconds !== undefined) return bounded(seconds * 1_000);
  // Date.parse takes almost anything, such as `-5`; an HTTP date begins with the day's name.
  const date = after !== null && /^[A-Z][a-z]+,? /.test(after) ? Date.parse(after) : Number.NaN;
  if (!Number.isNaN(date)) return bounded(date - now);
  const resets = ['requests', 'tokens']
    .filter((what) => headers.get(`x-ratelimit-remaining-${what}`) === '0')
    .map((what) => durationMs(headers.get(`x-ratelimit-reset-${what}`)))
    .filter((reset) => reset !== undefined);
  return resets.length > 0 ? Math.max(...resets) : undefined;
}

const bounded = (ms: number): number => Math.min(LONGEST_MS, Math.max(0, Math.ceil(ms)));

function nonNegative(value: string | null): number | undefined {
  if (value === null || !/^\s*\d+(?:\.\d+)?\s*$/.test(value)) return undefined;
  return Number(value);
}

function durationMs(value: string | null): number | undefined {
  const match = value === null || value === '' ? null : DURATION.exec(value);
  if (match === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0, millis = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  return Math.ceil((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000 + millis);
}
