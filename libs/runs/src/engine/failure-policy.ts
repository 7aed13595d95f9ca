// What follows when an attempt fails: the engine's failures and the provider's, judged in one place.
import { Injectable, Logger } from '@nestjs/common';
import { RunsConfig } from '#config';
import { ParleyError, type ErrorCode } from '#contracts';
import { decideRetry, toUpstreamError, UpstreamError } from '#openai';
import type { Attempt } from '../worker/attempt.js';
import { Postponed } from './postponed.js';

export type Failure =
  | { next: 'fail'; code: ErrorCode; detail: string }
  /** `quiet`: many wait like this one, and none of them is news. */
  | { next: 'release'; delayMs: number; burn: 0 | 1; reason: string; quiet?: true }
  | { next: 'lost' };

@Injectable()
export class FailurePolicy {
  private readonly logger = new Logger(FailurePolicy.name);

  constructor(private readonly config: RunsConfig) {}

  judge(attempt: Attempt, thrown: unknown): Failure {
    const failure = this.weigh(attempt, thrown);
    const { deadline } = attempt.run;
    if (failure.next === 'release' && deadline !== undefined && Date.now() + failure.delayMs > deadline)
      return { next: 'fail', code: 'deadline_exceeded', detail: `${failure.reason}; past the deadline` };
    return failure;
  }

  private weigh(attempt: Attempt, thrown: unknown): Failure {
    if (thrown instanceof Postponed)
      return {
        next: 'release',
        delayMs: Math.max(0, thrown.delayMs),
        burn: 0,
        reason: thrown.reason,
        quiet: true,
      };
    // Whoever lost the state cannot write an end either; the lease runs out and another worker goes on.
    if (thrown instanceof ParleyError && thrown.code === 'state_unavailable') return { next: 'lost' };
    const error =
      thrown instanceof ParleyError && !(thrown instanceof UpstreamError) ? thrown : toUpstreamError(thrown);
    this.logger.warn({ err: error, attempt: attempt.run.attempt }, 'the attempt failed');
    if (!(error instanceof UpstreamError)) return { next: 'fail', code: error.code, detail: error.message };
    const { burn } = attempt.run;
    // The hours that a request has waited for a batch are no failing.
    const since = attempt.run.direct_since ?? attempt.run.started;
    const decision = decideRetry(error, {
      burn,
      max_retries: this.config.maxRetries,
      parked: attempt.run.attempt - 1 - burn,
    });
    switch (decision.action) {
      case 'fail':
        return {
          next: 'fail',
          code: decision.code,
          detail: `${error.kind}${error.detail ? `; ${error.detail}` : ''}`,
        };
      case 'park':
        return { next: 'release', delayMs: decision.delay_ms, burn: 0, reason: decision.reason };
      case 'retry':
        if (Date.now() + decision.delay_ms - since > this.config.deadlineMs)
          return { next: 'fail', code: error.code, detail: `${error.kind}; past the deadline` };
        return { next: 'release', delayMs: decision.delay_ms, burn: decision.burn, reason: decision.reason };
      default:
        return decision satisfies never;
    }
  }
}
