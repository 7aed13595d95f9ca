// The pen of one attempt: turns what happens into events of the channel's log, in order, and knows how far
// the log has got. When and with whom a batch travels is the flusher's business.
import type { RunEvent } from '#contracts';
import type { AppendBatch } from '../scripts/attempt-scripts.js';
import type { Held } from '../run/run-record.js';
import { formatProgress } from '../run/progress.js';
import type { ClaimedRun } from '../run/run-record.js';

/** Text that may wait for Redis before the provider's stream is held back, in UTF-16 units. */
const HIGH_TEXT = 512 * 1024;

/** An event as the engine states it; the pen adds whose it is and when. */
export type Said<E = RunEvent> = E extends RunEvent
  ? Omit<E, 'run_id' | 'message_id' | 'attempt' | 'at'>
  : never;

interface Waiter {
  /** Progress that must be reached. */
  until: number;
  resolve: () => void;
  reject: (error: unknown) => void;
}

export class RunWriter {
  readonly held: Held;
  /** UTF-16 units of text that the log holds or will hold. */
  textLength: number;

  private events: string[] = [];
  private text = '';
  private sequence: number;
  private responseId = '';
  private starts = false;
  private dirty = false;
  private ending = false;
  private inFlight: AppendBatch | undefined;
  private progress: string;
  /** Batches taken and batches that the log has. */
  private taken = 0;
  private written = 0;
  private waiters: Waiter[] = [];
  private failure: unknown;
  private readonly deltaHead: string;

  constructor(
    private readonly run: ClaimedRun,
    private readonly wantsFlush: (writer: RunWriter) => void,
    private readonly onLost: (error: unknown) => void,
  ) {
    this.held = { chk: run.chk, token: run.token, run_id: run.run_id };
    this.textLength = run.text_length;
    this.progress = run.progress;
    this.sequence = run.response?.sequence ?? 0;
    const { run_id, message_id, attempt } = run;
    this.deltaHead = `${JSON.stringify({ type: 'output_text.delta', run_id, message_id, attempt }).slice(0, -1)},"delta":`;
  }

  /** @param sequence the provider's number of the event that brought this text */
  delta(text: string, sequence: number): void {
    this.text += text;
    this.textLength += text.length;
    this.sequence = sequence;
    this.touch();
  }

  say(event: Said): void {
    this.closeText();
    if (event.type === 'run.reset') this.textLength = event.keep;
    if (event.type === 'run.started') this.starts = true;
    this.events.push(this.toJson(event));
    this.touch();
  }

  /** Remembers the provider's response, so that another worker can find it. */
  responding(responseId: string, sequence: number): void {
    this.responseId = responseId;
    this.sequence = sequence;
    this.touch();
  }

  toJson(event: Said): string {
    const { run_id, message_id, attempt } = this.run;
    return JSON.stringify({ ...event, run_id, message_id, attempt, at: Date.now() });
  }

  /** Resolves when the log holds everything said so far. */
  flushed(): Promise<void> {
    return this.reached(this.dirty ? this.taken + 1 : this.taken);
  }

  /**
   * Nothing is written from here on but by FINISH.
   * @returns what the log does not hold yet, once no batch is under way any more
   */
  async end(): Promise<string[]> {
    this.ending = true;
    await this.reached(this.taken);
    this.closeText();
    return this.events;
  }

  /** A promise while too much text waits for Redis; the reader of the stream should wait for it. */
  pressure(): Promise<void> | undefined {
    return this.text.length < HIGH_TEXT || this.failure !== undefined ? undefined : this.flushed();
  }

  /** For the flusher: what has to be written now, or nothing while a batch is under way. */
  take(): AppendBatch | undefined {
    if (!this.dirty || this.inFlight || this.ending || this.failure !== undefined) return undefined;
    this.closeText();
    this.taken++;
    this.inFlight = {
      ...this.held,
      before: this.progress,
      after: formatProgress(`${this.run.attempt}.${this.taken}`, {
        sequence: this.sequence,
        text_length: this.textLength,
      }),
      response_id: this.responseId,
      starts: this.starts,
      events: this.events,
    };
    this.events = [];
    this.responseId = '';
    this.starts = false;
    this.dirty = false;
    return this.inFlight;
  }

  /** For the flusher: the batch is in the log. */
  wrote(): void {
    this.progress = this.inFlight!.after;
    this.inFlight = undefined;
    this.written++;
    this.waiters = this.waiters.filter((waiter) => {
      if (waiter.until > this.written) return true;
      waiter.resolve();
      return false;
    });
    if (this.dirty) this.wantsFlush(this);
  }

  /** For the flusher: nothing more of this attempt can be written. */
  fail(error: unknown): void {
    if (this.failure !== undefined) return;
    this.failure = error;
    for (const waiter of this.waiters) waiter.reject(error);
    this.waiters = [];
    this.onLost(error);
  }

  private reached(until: number): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure as Error);
    if (this.written >= until) return Promise.resolve();
    return new Promise((resolve, reject) => this.waiters.push({ until, resolve, reject }));
  }

  private touch(): void {
    if (this.dirty) return;
    this.dirty = true;
    if (!this.inFlight) this.wantsFlush(this);
  }

  private closeText(): void {
    if (this.text === '') return;
    this.events.push(`${this.deltaHead}${JSON.stringify(this.text)}}`);
    this.text = '';
  }
}
