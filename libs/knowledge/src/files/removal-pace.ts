// How removals at the provider are tried again until nothing is left: files and stores alike.

/** A removal that is begun is everybody's after this, should its process die; ms. */
export const BEGUN_MS = 60_000;
export const LEAST_PAUSE_MS = 5_000;
const MOST_PAUSE_MS = 3_600_000;

/** When to try again after that many tries, ms. */
export const pauseAfter = (tries: number): number =>
  Math.min(MOST_PAUSE_MS, LEAST_PAUSE_MS * 2 ** Math.min(tries - 1, 12));
