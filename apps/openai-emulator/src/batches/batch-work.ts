// The course of one batch: validating, in progress, finalizing, completed; or failed, expired, cancelled. It goes on at
// once unless the settings hold it, and looks again whenever it is poked.

import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Batch } from 'openai/resources/batches';

import type { EmulatorClock } from '../clock.js';
import { FileBytes } from '../files/file-bytes.js';
import type { FileStore } from '../files/file-store.js';
import { newId } from '../ids.js';
import type { Settings } from '../settings.js';
import { readBatchInput, type BatchLine } from './batch-input.js';
import type { LineAnswer } from './line-exchange.js';

export interface BatchParts {
  files: FileStore;
  clock: EmulatorClock;
  settings: Settings;
  /** Answers a line by the route of its endpoint. */
  answer: (endpoint: string, body: unknown) => Promise<LineAnswer>;
}

/** Ends that can come from outside. */
export type Verdict = 'cancelled' | 'expired' | 'failed';

const LINES_PER_TURN = 50;
const UNANSWERED = {
  expired: {
    code: 'batch_expired',
    message: 'This request could not be executed before the completion window expired.',
  },
  cancelled: {
    code: 'batch_cancelled',
    message: 'This request was not executed because the batch was cancelled.',
  },
} as const;

export class BatchWork {
  private verdict: Verdict | undefined;
  private wake: () => void = () => undefined;

  constructor(
    readonly batch: Batch,
    private readonly parts: BatchParts,
    private readonly outputSeconds: number | undefined,
  ) {}

  get ended(): boolean {
    return ['completed', 'failed', 'expired', 'cancelled'].includes(this.batch.status);
  }

  /** Settings or the clock have changed. */
  poke(): void {
    this.wake();
  }

  end(verdict: Verdict): void {
    if (this.ended) return;
    if (verdict === 'cancelled') this.enter('cancelling');
    this.verdict ??= verdict;
    this.poke();
  }

  async run(): Promise<void> {
    const { batch, parts } = this;
    // Whoever created it sees it validating.
    await nextTurn();
    await this.held('validating');
    const file = parts.files.find(batch.input_file_id);
    const text = file === undefined ? '' : await file.content.text();
    const { lines, errors } = readBatchInput(text, batch.endpoint);
    if (errors.length > 0 || this.verdict === 'failed') {
      const data =
        errors.length > 0
          ? errors
          : [
              {
                code: 'token_limit_exceeded',
                message: 'Enqueued token limit reached.',
                param: null,
                line: null,
              },
            ];
      batch.errors = { object: 'list', data };
      return this.enter('failed');
    }
    batch.request_counts = { total: lines.length, completed: 0, failed: 0 };
    if (this.verdict === undefined) this.enter('in_progress');
    const answers = await this.answers(lines);
    if (this.verdict === undefined) {
      this.enter('finalizing');
      await this.held('finalizing');
    }
    this.write(lines, answers);
    this.enter(this.verdict ?? 'completed');
  }

  private async answers(lines: readonly BatchLine[]): Promise<Map<string, LineAnswer>> {
    const { batch, parts } = this;
    const counts = batch.request_counts!;
    const answers = new Map<string, LineAnswer>();
    for (const [index, { custom_id, body }] of lines.entries()) {
      if (index >= parts.settings.batch_hold_after) await this.held('in_progress');
      if (this.verdict !== undefined) break;
      const answer = await parts.answer(batch.endpoint, body);
      answers.set(custom_id, answer);
      if (answer.status === 200) counts.completed += 1;
      else counts.failed += 1;
      if (index % LINES_PER_TURN === 0) await nextTurn();
    }
    return answers;
  }

  /** Returns when the status is not held, or when an end has come from outside. */
  private async held(status: Settings['batch_hold']): Promise<void> {
    for (;;) {
      const { clock, settings } = this.parts;
      if (clock.seconds() >= this.batch.expires_at!) this.verdict ??= 'expired';
      if (this.verdict !== undefined || settings.batch_hold !== status) return;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  /** Outputs in another order than the inputs, as OpenAI promises none. */
  private write(lines: readonly BatchLine[], answers: ReadonlyMap<string, LineAnswer>): void {
    const { batch, verdict } = this;
    const good: string[] = [];
    const bad: string[] = [];
    for (const { custom_id } of lines.toReversed()) {
      const answer = answers.get(custom_id);
      const lost = verdict === 'expired' || verdict === 'cancelled' ? UNANSWERED[verdict] : undefined;
      if (answer === undefined && lost === undefined) continue;
      const response = answer && {
        status_code: answer.status,
        request_id: answer.requestId,
        body: answer.body,
      };
      const row = {
        id: newId('batch_req_'),
        custom_id,
        response: response ?? null,
        error: response ? null : lost,
      };
      (answer?.status === 200 ? good : bad).push(JSON.stringify(row));
    }
    if (good.length > 0) batch.output_file_id = this.file('output', good);
    if (bad.length > 0) batch.error_file_id = this.file('error', bad);
  }

  private file(what: string, rows: readonly string[]): string {
    return this.parts.files.add({
      filename: `${this.batch.id}_${what}.jsonl`,
      purpose: 'batch_output',
      content: FileBytes.of(rows.map((row) => Buffer.from(`${row}\n`))),
      lifetimeSeconds: this.outputSeconds,
    }).id;
  }

  private enter(status: Exclude<Batch['status'], 'validating'>): void {
    this.batch.status = status;
    this.batch[`${status}_at`] = this.parts.clock.seconds();
  }
}
