// What follows when an attempt fails: the engine's failures and the provider's, judged in one place.
import { Injectable, Logger } from '@nestjs/common';
import { CompletionsConfig, RunsConfig } from '#config';
import { ParleyError, type ErrorCode } from '#contracts';
import { decideRetry, toUpstreamError, UpstreamError } from '#openai';
import type { Attempt } from '../worker/attempt.js';
import { CircuitOpen, Postponed } from './postponed.js';

export type Failure =
  | { next: 'fail'; code: ErrorCode; detail: string }
  /** `quiet`: many wait like this one, and none of them is news. */
  | { next: 'release'; delayMs: number; burn: 0 | 1; reason: string; refused?: 1; quiet?: true }
  | { next: 'lost' };

/** Between two looks at a request whose asker is to be told, where the circuit opened later than it came. */
const TELL_MS = 5_000;
/** A run that was refused so often by itself does not just wait for a limit that others use up. */
const MOST_REFUSALS = 5;

@Injectable()
export class FailurePolicy {
  private readonly logger = new Logger(FailurePolicy.name);

  constructor(
    private readonly config: RunsConfig,
    private readonly completions: CompletionsConfig,
  ) {}

  judge(attempt: Attempt, thrown: unknown): Failure {
    const failure = this.weigh(attempt, thrown);
    const { deadline } = attempt.run;
    if (failure.next === 'release' && deadline !== undefined && Date.now() + failure.delayMs > deadline)
      return { next: 'fail', code: 'deadline_exceeded', detail: `${failure.reason}; past the deadline` };
    return failure;
  }

  /** Somebody waits for the answer to a one-shot request; a message to an assistant waits in its channel's order. */
  private hasWaitedEnough({ run }: Attempt, since = run.created): boolean {
    const most = this.completions.outageSeconds * 1_000;
    return most > 0 && run.request !== undefined && Date.now() - Math.max(since, run.created) >= most;
  }

  /** Looked at again when it is time to tell its asker. */
  private untilTold({ run }: Attempt, delayMs: number): number {
    const most = this.completions.outageSeconds * 1_000;
    if (most === 0 || run.request === undefined) return delayMs;
    return Math.min(delayMs, Math.max(TELL_MS, run.created + most - Date.now()));
  }

  private weigh(attempt: Attempt, thrown: unknown): Failure {
    if (thrown instanceof CircuitOpen && this.hasWaitedEnough(attempt, thrown.since))
      return {
        next: 'fail',
        code:
          thrown.cause === 'auth' || thrown.cause === 'quota' ? 'upstream_account' : 'upstream_unavailable',
        detail: `${thrown.reason}; the provider has been away for too long`,
      };
    if (thrown instanceof Postponed)
      return {
        next: 'release',
        delayMs: Math.max(
          0,
          thrown instanceof CircuitOpen ? this.untilTold(attempt, thrown.delayMs) : thrown.delayMs,
        ),
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
      parked: attempt.run.refused,
    });
    switch (decision.action) {
      case 'fail':
        return {
          next: 'fail',
          code: decision.code,
          detail: `${error.kind}${error.detail ? `; ${error.detail}` : ''}`,
        };
      case 'park':
        // The provider is there, but not for this request.
        if (attempt.run.refused + 1 >= MOST_REFUSALS && this.hasWaitedEnough(attempt))
          return { next: 'fail', code: error.code, detail: `${error.kind}; refused too often` };
        return {
          next: 'release',
          delayMs: this.untilTold(attempt, decision.delay_ms),
          burn: 0,
          reason: decision.reason,
          refused: 1,
        };
      case 'retry':
        if (Date.now() + decision.delay_ms - since > this.config.deadlineMs)
          return { next: 'fail', code: error.code, detail: `${error.kind}; past the deadline` };
        return { next: 'release', delayMs: decision.delay_ms, burn: decision.burn, reason: decision.reason };
      default:
        return decision satisfies never;
    }
  }
}
