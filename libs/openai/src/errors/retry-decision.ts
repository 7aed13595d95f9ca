// What follows a failed call: the only place that knows. Pure; knows neither runs nor timers.
import type { UpstreamError, UpstreamKind } from './upstream-error.js';

export type RetryDecision =
  /** Do it again (resume first where there is something to resume). `burn` counts against MAX_RETRIES. */
  | { action: 'retry'; delay_ms: number; burn: 0 | 1; reason: UpstreamKind }
  /** Put the run back behind the breaker or the bucket; nothing is burnt. */
  | { action: 'park'; delay_ms: number; reason: 'quota' | 'auth' | 'throttle' }
  | { action: 'fail'; code: UpstreamFailCode };

/** Why a run ends as failed; each has one public text. */
export const UPSTREAM_FAIL_CODES = [
  'upstream_timeout',
  'upstream_connection',
  'upstream_unavailable',
  'upstream_invalid_request',
  'upstream_context_length',
  'upstream_content_policy',
  'upstream_not_found',
  'upstream_cancelled',
] as const;
export type UpstreamFailCode = (typeof UPSTREAM_FAIL_CODES)[number];

export interface RetryState {
  /** Attempts already burnt by this request. */
  burn: number;
  /** MAX_RETRIES: the one bound per request. */
  max_retries: number;
  /** Wall clock in ms. */
  now: number;
  /** Uniform in [0, 1); injected for tests. */
  random?: () => number;
}

const FIRST_STEP_MS = 1_000;
const LAST_STEP_MS = 60_000;
const QUOTA_PARK_MS = 60_000;
/** How many short waits a locked conversation is worth before it counts as burnt. */
const LOCKED_MS = { least: 500, most: 2_000 };

/**
 * Decides what follows `error`. Full jitter between 0 and min(60 s, 1 s · 2^burn), at least 100 ms; a
 * `Retry-After` of any length wins. `aborted` and `not_resumable` are the caller's own affair: an abort
 * fails as `upstream_cancelled`, and a response that cannot be resumed is retried at once, unburnt.
 */
export function decideRetry(error: UpstreamError, state: RetryState): RetryDecision {
  const random = state.random ?? Math.random;
  switch (error.kind) {
    case 'rate_limit':
    case 'overloaded':
      return {
        action: 'park',
        delay_ms: error.retry_after_ms ?? backoff(state.burn, random),
        reason: 'throttle',
      };
    case 'quota':
    case 'auth':
      return {
        action: 'park',
        delay_ms: error.retry_after_ms ?? QUOTA_PARK_MS,
        reason: error.kind,
      };
    case 'not_resumable':
      return { action: 'retry', delay_ms: 0, burn: 0, reason: error.kind };
    case 'conversation_locked': {
      if (state.burn >= state.max_retries) return { action: 'fail', code: failCode(error.kind) };
      const span = LOCKED_MS.most - LOCKED_MS.least;
      const delay_ms = Math.round(LOCKED_MS.least + random() * span);
      return { action: 'retry', delay_ms, burn: 1, reason: error.kind };
    }
    case 'timeout_first_output':
    case 'timeout_idle':
    case 'connection':
    case 'stream_cut':
    case 'sequence_gap':
    case 'malformed':
    case 'server': {
      if (state.burn >= state.max_retries) return { action: 'fail', code: failCode(error.kind) };
      const delay_ms = error.retry_after_ms ?? backoff(state.burn, random);
      return { action: 'retry', delay_ms, burn: 1, reason: error.kind };
    }
    case 'aborted':
    case 'cancelled':
    case 'context_length':
    case 'content_policy':
    case 'invalid_request':
    case 'not_found':
      return { action: 'fail', code: failCode(error.kind) };
    default:
      return error.kind satisfies never;
  }
}

function backoff(burn: number, random: () => number): number {
  const ceiling = Math.min(LAST_STEP_MS, FIRST_STEP_MS * 2 ** Math.min(burn, 16));
  return Math.max(100, Math.round(random() * ceiling));
}

/** The public failure code of a kind. */
export function failCode(kind: UpstreamKind): UpstreamFailCode {
  switch (kind) {
    case 'timeout_first_output':
    case 'timeout_idle':
      return 'upstream_timeout';
    case 'connection':
    case 'stream_cut':
      return 'upstream_connection';
    case 'sequence_gap':
    case 'malformed':
    case 'server':
    case 'rate_limit':
    case 'overloaded':
    case 'quota':
    case 'auth':
    case 'conversation_locked':
    case 'not_resumable':
      return 'upstream_unavailable';
    case 'context_length':
      return 'upstream_context_length';
    case 'content_policy':
      return 'upstream_content_policy';
    case 'invalid_request':
      return 'upstream_invalid_request';
    case 'not_found':
      return 'upstream_not_found';
    case 'aborted':
    case 'cancelled':
      return 'upstream_cancelled';
    default:
      return kind satisfies never;
  }
}
