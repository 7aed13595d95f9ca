// How many requests a minute the worker lets through. Whoever is not told takes a limit for a worker that is slow.
const LIMIT = /^parley_limit\{scope="(?:service|tenant)",limit="requests_per_minute"\} (\d+)$/gm;
const PATIENCE_MS = 2_000;

/**
 * @param worker its address; '' = not known
 * @returns requests a minute for the one tenant of a load; undefined without a limit, or when the worker does not tell
 */
export async function readPace(worker: string): Promise<number | undefined> {
  if (worker === '') return undefined;
  try {
    const answer = await fetch(`${worker}/metrics`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return toPace(await answer.text());
  } catch {
    return undefined; // the load goes on without a hint
  }
}

/** @param metrics in Prometheus' text format */
export function toPace(metrics: string): number | undefined {
  const limits = [...metrics.matchAll(LIMIT)].map(([, limit]) => Number(limit));
  return limits.length === 0 ? undefined : Math.min(...limits);
}

export function toNotice(pace: number, requests: number): string {
  const minutes = Math.floor((requests - 1) / pace);
  return (
    `The worker starts at most ${pace} requests a minute, so ${requests} of them take at least ${minutes} min. ` +
    'A worker with REQUESTS_PER_MINUTE=0 has no such limit.'
  );
}
