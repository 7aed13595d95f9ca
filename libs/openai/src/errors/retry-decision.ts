// What follows a failed call: the only place that knows. Pure; knows neither runs nor timers.
import type { ErrorCode } from '#contracts';
import type { UpstreamError, UpstreamKind } from './upstream-error.js';

export type RetryDecision =
  /** Do it again (resume first where there is something to resume). `burn` counts against MAX_RETRIES. */
  | { action: 'retry'; delay_ms: number; burn: 0 | 1; reason: UpstreamKind }
  /** Put the run back behind the breaker or the bucket; nothing is burnt. */
  | { action: 'park'; delay_ms: number; reason: 'quota' | 'auth' | 'throttle' }
  | { action: 'fail'; code: ErrorCode };

export interface RetryState {
  /** Attempts already burnt by this request. */
  burn: number;
  /** MAX_RETRIES: the one bound per request. */
  max_retries: number;
  /** Times that this request was parked before; lengthens the wait. */
  parked?: number;
  /** Uniform in [0, 1). */
  random?: () => number;
}

const FIRST_STEP_MS = 1_000;
const LAST_STEP_MS = 60_000;
const LEAST_RETRY_MS = 100;
/** A throttled key is not asked again sooner, whatever the dice say. */
const LEAST_PARK_MS = 1_000;
/** Money and keys change by hand: look again once a minute. */
const ACCOUNT_PARK_MS = 60_000;
const LOCKED_MS = { least: 500, most: 2_000 };

/**
 * Decides what follows `error`. Waits are full jitter between 0 and min(60 s, 1 s · 2^n), never less than a `Retry-After`
 * of any length. An answer that cannot be resumed is asked for anew at once and burns nothing, because
 * the failure that led there has burnt already.
 */
export function decideRetry(error: UpstreamError, state: RetryState): RetryDecision {
  const random = state.random ?? Math.random;
  switch (error.kind) {
    case 'rate_limit':
    case 'overloaded': {
      const drawn = Math.max(LEAST_PARK_MS, jitter(state.burn + (state.parked ?? 0), random));
      // What is refused again and again waits longer than it was told to: each refusal stops everybody for a while.
      const told = error.retry_after_ms ?? drawn;
      return { action: 'park', delay_ms: state.parked ? Math.max(told, drawn) : told, reason: 'throttle' };
    }
    case 'quota':
    case 'auth':
      return {
        action: 'park',
        // The rate limit's own second, which such answers carry too, says nothing about money.
        delay_ms: Math.max(error.retry_after_ms ?? 0, ACCOUNT_PARK_MS),
        reason: error.kind,
      };
    case 'not_resumable':
      return { action: 'retry', delay_ms: 0, burn: 0, reason: error.kind };
    case 'conversation_locked': {
      const drawn = LOCKED_MS.least + random() * (LOCKED_MS.most - LOCKED_MS.least);
      return burnOne(error, state, Math.round(drawn));
    }
    case 'timeout_first_output':
    case 'timeout_idle':
    case 'connection':
    case 'stream_cut':
    case 'sequence_gap':
    case 'malformed':
    case 'server': {
      const drawn = Math.max(LEAST_RETRY_MS, jitter(state.burn, random));
      return burnOne(error, state, error.retry_after_ms ?? drawn);
    }
    case 'aborted':
    case 'cancelled':
    case 'internal':
    case 'context_length':
    case 'content_policy':
    case 'invalid_request':
    case 'not_found':
      return { action: 'fail', code: error.code };
    default:
      return error.kind satisfies never;
  }
}

function burnOne(error: UpstreamError, state: RetryState, delay_ms: number): RetryDecision {
  if (state.burn >= state.max_retries) return { action: 'fail', code: error.code };
  return { action: 'retry', delay_ms, burn: 1, reason: error.kind };
}

function jitter(step: number, random: () => number): number {
  const ceiling = Math.min(LAST_STEP_MS, FIRST_STEP_MS * 2 ** Math.min(step, 16));
  return Math.round(random() * ceiling);
}
