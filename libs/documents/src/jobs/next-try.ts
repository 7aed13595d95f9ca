// When a document that could not be made just now is tried again: the same for every kind.
import type { ParleyError } from '#contracts';
import type { DocumentJob } from './document-job.js';

/** Tries of the whole: a worker that died, limits, a provider that asks for a long pause. What one try repeats by itself is beside them. */
const MOST_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 30 * 60_000;

/** @returns ms until the next try; undefined when there is none */
export function nextTry({ attempt }: Pick<DocumentJob, 'attempt'>, error: ParleyError): number | undefined {
  if (attempt >= MOST_ATTEMPTS) return undefined;
  return Math.min(error.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
}
