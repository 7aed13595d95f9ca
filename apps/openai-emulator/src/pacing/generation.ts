// One answer on its way: pulls the steps of a source at the asked pace and hands frames to whoever listens. Knows neither
// the wire format nor HTTP.

import type { TimerWheel, WheelTask } from './timer-wheel.js';

/** Yielded by a source before its first content: wait for the time to first token. */
export const AWAIT_FIRST = 1;
/** Yielded before every delta: wait for the delta's time. The frame that follows is a delta. */
export const AWAIT_TOKEN = 2;

/** What a source yields: a frame ready for the wire, or a wait. Frames are built after their wait, so a stamp is fresh. */
export type Step = string | typeof AWAIT_FIRST | typeof AWAIT_TOKEN;

export interface Pace {
  ttftMs: number;
  /** Deltas per second; 0 = unlimited. */
  tokensPerSecond: number;
}

export interface FrameSink {
  /** One frame; `delta` marks the ones that carry answer text, arguments or refusal. */
  frame(text: string, delta: boolean): void;
  /** Frames of one turn are complete: write them. */
  flush(): void;
  /** The source has ended; no more frames will come. */
  end(): void;
  /** True while the listener cannot take more (slow reader, or a hang that was asked for). */
  readonly blocked: boolean;
}

/** Steps taken in one turn of the event loop before others get theirs. */
const STEPS_PER_TURN = 256;
const BLOCKED_RETRY_MS = 5;

export class Generation implements WheelTask {
  due = 0;
  /** Deltas handed out. */
  tokens = 0;
  private readonly sinks: FrameSink[] = [];
  private interval = 0;
  private firstDue = 0;
  private tokenDue = 0;
  private waitingFor: typeof AWAIT_FIRST | typeof AWAIT_TOKEN | undefined;
  private nextIsDelta = false;
  private stopped = false;

  /**
   * @param log receives every frame when the stream can be rejoined, else undefined
   * @param waitForSinks a slow or hanging listener holds the source up (a plain stream, not a background one)
   * @param onEnd called once when the source is exhausted, never after `stop()`
   */
  constructor(
    private readonly source: Iterator<Step>,
    private readonly wheel: TimerWheel,
    private readonly waitForSinks: boolean,
    private readonly log: string[] | undefined,
    private readonly onEnd: () => void,
  ) {}

  start(pace: Pace): void {
    const now = performance.now();
    this.interval = pace.tokensPerSecond > 0 ? 1000 / pace.tokensPerSecond : 0;
    this.firstDue = now + pace.ttftMs;
    this.tokenDue = this.firstDue;
    this.run(now);
  }

  attach(sink: FrameSink): void {
    this.sinks.push(sink);
  }

  detach(sink: FrameSink): void {
    const index = this.sinks.indexOf(sink);
    if (index >= 0) this.sinks.splice(index, 1);
  }

  /** No further step is taken; listeners are not told. */
  stop(): void {
    this.stopped = true;
    this.source.return?.();
  }

  /** Ends every listener as if the source had ended here. */
  endSinks(): void {
    for (const sink of this.sinks.splice(0)) sink.end();
  }

  run(now: number): void {
    if (this.stopped) return;
    for (let steps = 0; steps < STEPS_PER_TURN; steps += 1) {
      if (this.waitForSinks && this.isBlocked()) return this.pause(now + BLOCKED_RETRY_MS);
      if (this.waitingFor !== undefined) {
        const due = this.waitingFor === AWAIT_FIRST ? this.firstDue : this.tokenDue;
        if (due > now) return this.pause(due);
        if (this.waitingFor === AWAIT_TOKEN) this.tokenDue += this.interval;
        this.nextIsDelta = this.waitingFor === AWAIT_TOKEN;
        this.waitingFor = undefined;
      }
      const step = this.source.next();
      if (step.done === true) return this.finish();
      if (typeof step.value === 'string') this.emit(step.value);
      else this.waitingFor = step.value;
    }
    this.pause(now);
  }

  private isBlocked(): boolean {
    for (const sink of this.sinks) if (sink.blocked) return true;
    return false;
  }

  private emit(frame: string): void {
    const delta = this.nextIsDelta;
    this.nextIsDelta = false;
    if (delta) this.tokens += 1;
    this.log?.push(frame);
    for (const sink of this.sinks) sink.frame(frame, delta);
  }

  private pause(due: number): void {
    for (const sink of this.sinks) sink.flush();
    this.wheel.schedule(this, due);
  }

  private finish(): void {
    this.stopped = true;
    this.onEnd();
    this.endSinks();
  }
}
