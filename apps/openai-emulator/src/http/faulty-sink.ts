// A stream whose connection goes wrong as asked: cut, ended early, stalled, or with broken, repeated or missing frames.
// The answer behind it is whole: what a background response has produced can still be fetched another way.

import type { Fault } from '../directives/directive.js';
import type { Exchange } from './exchange.js';
import { SseSink } from './sse-sink.js';

const HUGE_BYTES = 2 << 20;
const MALFORMED = 'data: {"type":"response.output_text.delta","delta":"bro\n\n';

export class FaultySink extends SseSink {
  private deltas = 0;
  private lastDelta = '';
  private dropNext = false;
  private repeatNext = false;
  private stalled = false;
  private dead = false;
  private endWhenAwake = false;
  private readonly withoutBlankLine: boolean;

  /** @param afterEnd frames to send behind the terminal event, for `events-after-terminal` */
  constructor(
    exchange: Exchange,
    private readonly faults: readonly Fault[],
    private readonly afterEnd: () => string,
  ) {
    super(exchange);
    exchange.entry.fault = faults.map((fault) => fault.source).join('; ');
    this.withoutBlankLine = faults.some((fault) => fault.kind === 'no-blank-line');
    this.strikeAt(0);
  }

  override get blocked(): boolean {
    // Behind a break nothing may be completed any more: the client's end of the connection is gone.
    return this.stalled || this.dead || super.blocked;
  }

  override frame(text: string, delta: boolean): void {
    if (this.dead) return;
    if (!delta) return super.frame(text, false);
    if (this.dropNext) this.dropNext = false;
    else super.frame(text, true);
    if (this.repeatNext) super.frame(text, false);
    this.repeatNext = false;
    this.lastDelta = text;
    this.deltas += 1;
    this.strikeAt(this.deltas);
  }

  override flush(): void {
    if (this.stalled || this.dead) return;
    if (!this.withoutBlankLine) return super.flush();
    // The line end that closes the last event stays back: if the stream ends here, it is never sent.
    if (!this.pending.endsWith('\n\n')) return;
    this.pending = this.pending.slice(0, -1);
    super.flush();
    this.pending = '\n';
  }

  override end(): void {
    if (this.dead) return;
    // A background source does not wait for a stalled connection; that one ends when it wakes, or never.
    this.endWhenAwake = this.stalled;
    if (this.stalled) return;
    if (this.withoutBlankLine) {
      this.pending = this.pending.replace(/\n$/, '');
      super.flush();
    }
    if (this.faults.some((fault) => fault.kind === 'events-after-terminal')) this.pending += this.afterEnd();
    super.end();
  }

  private strikeAt(delta: number): void {
    for (const fault of this.faults) {
      if (Math.max(0, fault.after) === delta) this.strike(fault);
    }
  }

  private strike(fault: Fault): void {
    switch (fault.kind) {
      case 'cut':
      case 'fin':
        this.break(fault.kind);
        return;
      case 'hang':
        this.flush();
        this.stalled = true;
        if (fault.options['ms'] !== undefined)
          setTimeout(() => this.wake(), Number(fault.options['ms'])).unref();
        return;
      case 'malformed':
        this.pending += MALFORMED;
        return;
      case 'huge-line': {
        const padding = 'x'.repeat(Number(fault.options['size'] ?? HUGE_BYTES));
        this.pending += `data: {"type":"emulator.padding","object":"emulator.padding","choices":[],"padding":"${padding}"}\n\n`;
        return;
      }
      case 'duplicate-seq':
        this.pending += this.lastDelta;
        this.repeatNext = this.deltas === 0;
        return;
      case 'missing-seq':
        this.dropNext = true;
        return;
      default:
      // The others act at the end of the stream or before its start.
    }
  }

  private break(how: 'cut' | 'fin'): void {
    this.flush();
    this.dead = true;
    // In a later turn, when the bytes before it have left: a reset would take them along.
    setTimeout(() => {
      if (how === 'cut') this.exchange.destroy('cut');
      else if (!this.exchange.ended) {
        this.exchange.finish('fin');
        this.exchange.response.end();
      }
      this.onClose?.();
    }, 5);
  }

  private wake(): void {
    this.stalled = false;
    if (this.endWhenAwake) this.end();
    else this.flush();
  }
}
