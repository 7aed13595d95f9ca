// The batches as an attempt sees them: an answer that has come, a reason to wait, or none, and then the request goes as any other.
// A run that waits is released with a delay, so it costs no worker and burns nothing.
import { Injectable } from '@nestjs/common';
import { isFar } from '#completions';
import { CompletionsConfig } from '#config';
import { BatchesClient, type ModelOutcome, type ModelRequest } from '#openai';
import { Postponed } from '../engine/postponed.js';
import type { ClaimedRun } from '../run/run-record.js';
import { AttemptScripts } from '../scripts/attempt-scripts.js';
import type { Attempt } from '../worker/attempt.js';
import { BatchStore } from './batch-store.js';

/** An answer that comes later than this after the deadline finds nobody who knows of it. */
const KEPT_MS = 86_400_000;

const WAITS = 'waits for a batch';

@Injectable()
export class BatchCall {
  constructor(
    private readonly store: BatchStore,
    private readonly client: BatchesClient,
    private readonly scripts: AttemptScripts,
    private readonly config: CompletionsConfig,
  ) {}

  /**
   * @returns the answer that a batch has brought; undefined when there is none to wait for
   * @throws Postponed while there is
   */
  async answer({ run }: Attempt): Promise<ModelOutcome | undefined> {
    if (!run.batched || run.direct_since !== undefined) return undefined;
    const left = this.leftMs(run);
    const asked = await this.store.ask(run.run_id, left <= 0);
    if (asked.state === 'answered') return asked.outcome;
    if (asked.state === 'waiting') throw new Postponed(left, WAITS);
    // Where its note is gone there may still be time for another batch.
    if (asked.state === 'none' && left > 0) return undefined;
    run.direct_since = Date.now();
    await this.scripts.bind(run, { direct: String(run.direct_since) });
    return undefined;
  }

  /**
   * Hands a request with a far deadline to the batches.
   * @throws Postponed when it was handed over; otherwise it is to be asked now
   */
  async enlist({ run }: Attempt, request: ModelRequest): Promise<void> {
    const { deadline, request: asked } = run;
    if (this.config.farDeadline !== 'batch' || deadline === undefined || run.direct_since !== undefined)
      return;
    // What belongs to a conversation would hold up its channel.
    if (asked?.in_thread || !isFar(this.config, deadline, Date.now()) || this.leftMs(run) <= 0) return;
    await this.scripts.bind(run, { batched: '1' });
    const { model } = request;
    const line = this.client.line(run.run_id, request);
    const gone_at = deadline + KEPT_MS;
    await this.store.enlist({ run_id: run.run_id, chk: run.chk, model, line, gone_at });
    throw new Postponed(this.leftMs(run), WAITS);
  }

  /** Until it is high time to ask without a batch, ms. */
  private leftMs({ deadline = 0 }: ClaimedRun): number {
    return deadline - this.config.batchMarginSeconds * 1_000 - Date.now();
  }
}
