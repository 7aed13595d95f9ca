// Watches that an answer begins and goes on. One lazy timer per call: signs of life only note the time, so that
// a delta costs no timer. Knows nothing of what is read.
import { UpstreamError } from '../errors/upstream-error.js';
import type { ModelTimeouts } from '../model/model-client.js';

export class LifeClock {
  private timer: NodeJS.Timeout | undefined;
  private since = performance.now();
  private has_output = false;
  private held = false;

  constructor(
    private readonly timeouts: ModelTimeouts,
    private readonly expired: (error: UpstreamError) => void,
  ) {
    this.arm(timeouts.first_output_ms);
  }

  /** Something came. Before the first output only output counts; afterwards anything does. */
  alive(is_output: boolean): void {
    if (!this.has_output) {
      if (!is_output) return;
      this.has_output = true;
      this.since = performance.now();
      this.arm(this.timeouts.idle_ms);
      return;
    }
    this.since = performance.now();
  }

  /** We are the slow ones: time does not count until `release`. */
  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    this.since = performance.now();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private arm(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), ms);
  }

  private look(): void {
    const limit = this.has_output ? this.timeouts.idle_ms : this.timeouts.first_output_ms;
    const left = this.held ? limit : this.since + limit - performance.now();
    if (left > 0) return this.arm(Math.ceil(left));
    this.expired(
      this.has_output
        ? new UpstreamError('timeout_idle', `nothing came for ${limit} ms`)
        : new UpstreamError('timeout_first_output', `no output within ${limit} ms`),
    );
  }
}
