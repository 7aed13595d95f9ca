// The batches as an attempt sees them: an answer that has come, a reason to wait, or none, and then the request goes as any other.
// A run that waits is released with a delay, so it costs no worker and burns nothing.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { isFar } from '#completions';
import { CompletionsConfig } from '#config';
import { BatchesClient, type ModelOutcome, type ModelRequest } from '#openai';
import { Limits } from '#usage';
import { Masking } from '../engine/masking.js';
import { Postponed } from '../engine/postponed.js';
import { billed } from '../engine/usage.js';
import type { ClaimedRun } from '../run/run-record.js';
import { AttemptScripts } from '../scripts/attempt-scripts.js';
import type { Attempt } from '../worker/attempt.js';
import { batchCallId, BatchStore } from './batch-store.js';

/** An answer that comes later than this after the deadline finds nobody who knows of it. */
const KEPT_MS = 86_400_000;

const WAITS = 'waits for a batch';

@Injectable()
export class BatchCall {
  constructor(
    private readonly store: BatchStore,
    private readonly client: BatchesClient,
    private readonly scripts: AttemptScripts,
    private readonly masking: Masking,
    private readonly limits: Limits,
    private readonly config: CompletionsConfig,
  ) {}

  /**
   * @returns the answer that a batch has brought; undefined when there is none to wait for
   * @throws Postponed while there is
   */
  async answer(attempt: Attempt, request: ModelRequest): Promise<ModelOutcome | undefined> {
    const { run } = attempt;
    if (!run.batched || run.direct_since !== undefined) return undefined;
    const left = this.leftMs(run);
    const asked = await this.store.ask(run.run_id, left <= 0);
    if (asked.state === 'answered') {
      const shown = this.show(attempt, request, asked);
      if (shown) return shown;
      await this.unread(run, asked.outcome);
    }
    if (asked.state === 'waiting') throw new Postponed(left, WAITS);
    // Where its note is gone there may still be time for another batch.
    if (asked.state === 'none' && left > 0) return undefined;
    // What a batch was sent with is held until the batch has told what became of it.
    if (asked.state === 'direct' && asked.unsent) await this.limits.release(batchCallId(run.run_id));
    run.direct_since = Date.now();
    await this.scripts.bind(run, { direct: String(run.direct_since) });
    return undefined;
  }

  /** Whether a request is for the batches: its deadline is far, and it holds up no conversation. */
  takes({ run }: Attempt): boolean {
    const { deadline, request, direct_since } = run;
    if (this.config.farDeadline !== 'batch' || request?.in_thread || direct_since !== undefined) return false;
    return isFar(this.config, deadline, Date.now()) && this.leftMs(run) > 0;
  }

  /**
   * Hands a request over to the batches.
   * @param outputTokens that are reserved for its answer
   * @throws Postponed always: until there is an answer, or no time left to wait for one
   */
  async enlist(attempt: Attempt, request: ModelRequest, outputTokens: number): Promise<never> {
    const { run } = attempt;
    await this.scripts.bind(run, { batched: '1' });
    const { run_id, chk } = run;
    const line = this.line(attempt, { ...request, max_output_tokens: outputTokens });
    // What is reserved may differ the next time; what is asked does not. Without placeholders whoever asks can read the answer.
    const digest = this.masking.isReversible ? digestOf(this.line(attempt, request)) : '';
    await this.store.enlist({ run_id, chk, model: request.model, line, digest, gone_at: goneAt(run) });
    throw new Postponed(this.leftMs(run), WAITS);
  }

  /** As the provider sees it: without what it is not to see. */
  private line(attempt: Attempt, request: ModelRequest): string {
    return this.client.line(
      attempt.run.run_id,
      this.masking.of(attempt, request)?.request(request) ?? request,
    );
  }

  /**
   * The answer with personal data back in their places, which only the same request knows.
   * @returns undefined when the request has become another, by a changed setting for one
   */
  private show(
    attempt: Attempt,
    request: ModelRequest,
    { outcome, digest }: { outcome: ModelOutcome; digest: string },
  ): ModelOutcome | undefined {
    if (digest === '') return outcome;
    // What is hidden now says nothing of what was hidden then: only an equal request does.
    if (digestOf(this.line(attempt, request)) !== digest) return undefined;
    return this.masking.of(attempt, request)?.outcome(outcome, () => undefined) ?? outcome;
  }

  /** Paid for, and of no use. */
  private async unread({ run_id, tenant, user, source }: ClaimedRun, outcome: ModelOutcome): Promise<void> {
    const whose = { tenant, user, source, kind: 'text', outcome: 'cancelled' } as const;
    await this.limits.settle(batchCallId(run_id), { ...whose, model: outcome.model, ...billed(outcome) });
  }

  /** Until it is high time to ask without a batch, ms. */
  private leftMs({ deadline = 0 }: ClaimedRun): number {
    return deadline - this.config.batchMarginSeconds * 1_000 - Date.now();
  }
}

/** When nothing is known of a request any more, whatever its batch still says; UTC ms. */
export const goneAt = ({ deadline = 0 }: ClaimedRun): number => deadline + KEPT_MS;

const digestOf = (line: string): string => createHash('sha256').update(line).digest('base64url');
