// One worker's try at one run: its pen, its signal, and why it had to stop. Lives from claim to end or release.
import type { AssistantSnapshot } from '#assistants';
import type { ChannelRef } from '#contracts';
import { RunWriter } from './run-writer.js';
import type { ClaimedRun } from '../run/run-record.js';
import type { Probe } from './provider-gate.js';

/** Why an attempt is cut off from outside the model's own failures. */
export type StopReason = 'lost' | 'cancelled' | 'handover' | 'timeout' | 'deadline';

export class Attempt {
  readonly ref: ChannelRef;
  readonly writer: RunWriter;
  readonly startedAt = performance.now();
  /** The whole answer so far, in all rounds. */
  text = '';
  /** Finished rounds of the model. */
  round: number;
  /** The provider's response under way, where it would outlive our connection. */
  responseId: string | undefined;
  /** Once it is known. */
  assistant: AssistantSnapshot | undefined;

  private readonly abort = new AbortController();
  private reason: StopReason | undefined;
  private timer: NodeJS.Timeout;

  /**
   * @param limitMs how long this attempt may still take
   * @param probe the right to ask that it was taken up with
   */
  constructor(
    readonly run: ClaimedRun,
    wantsFlush: (writer: RunWriter) => void,
    limitMs: number,
    readonly probe?: Probe,
  ) {
    this.ref = { tenant: run.tenant, channel: run.channel };
    this.round = run.round;
    this.responseId = run.response?.id;
    this.writer = new RunWriter(run, wantsFlush, () => this.stop('lost'));
    const untilDeadline = (run.deadline ?? Infinity) - Date.now();
    const reason = untilDeadline < limitMs ? 'deadline' : 'timeout';
    this.timer = setTimeout(() => this.stop(reason), Math.max(1, Math.min(limitMs, untilDeadline)));
    if (run.cancelled) this.stop('cancelled');
    else if (untilDeadline <= 0) this.stop('deadline');
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** The first reason stands, but a lost lease overrules all: nothing may be written any more. */
  get stopped(): StopReason | undefined {
    return this.reason;
  }

  stop(reason: StopReason): void {
    if (this.reason === undefined || reason === 'lost') this.reason = reason;
    this.abort.abort(new Error(reason));
  }

  close(): void {
    clearTimeout(this.timer);
  }

  /** ms that this attempt has taken. */
  elapsed(): number {
    return Math.round(performance.now() - this.startedAt);
  }

  /** Sends a piece of the answer on its way. */
  speak(text: string, sequence: number): void {
    if (this.reason === 'lost') return;
    this.text += text;
    this.writer.delta(text, sequence);
  }
}
