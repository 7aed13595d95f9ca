// A start within the limits for one call of a document's work: short waits are slept through, long ones are the record's.
import { setTimeout as sleep } from 'node:timers/promises';
import { ParleyError } from '#contracts';
import type { Limits } from '#usage';

/** A wait that is longer is the record's, not the worker's. */
const LONGEST_WAIT_MS = 60_000;

/**
 * @returns how many output tokens may be asked for
 * @throws ParleyError `token_limit_reached`, `budget_exhausted`, `rate_limited`, `run_cancelled`; then nothing is held
 */
export async function reserveStart(
  limits: Limits,
  ask: Parameters<Limits['reserve']>[0],
  signal: AbortSignal,
): Promise<number> {
  const until = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const answer = await limits.reserve(ask);
    if (answer.ok) return answer.output_tokens;
    if (!('wait_ms' in answer)) {
      const wait = answer.resets_at === undefined ? {} : { retryAfterMs: answer.resets_at - Date.now() };
      throw new ParleyError(answer.code, 'unable to make document; a limit is reached', wait);
    }
    if (performance.now() + answer.wait_ms > until) {
      await limits.release(ask.id);
      throw new ParleyError('rate_limited', 'unable to make document; too much is going on', {
        retryAfterMs: answer.wait_ms,
      });
    }
    await sleep(answer.wait_ms, undefined, { signal }).catch(async () => {
      await limits.release(ask.id);
      throw new ParleyError('run_cancelled', 'unable to make document; cancelled');
    });
  }
}
