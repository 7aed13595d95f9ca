// The emulator's own time: real time plus an offset, so that a test can step over a shutdown date or a five minute window.

export class EmulatorClock {
  private offsetMs = 0;

  /** Milliseconds since the epoch as the emulator sees them. */
  now(): number {
    return Date.now() + this.offsetMs;
  }

  /** Whole seconds, the unit of every `created_at`. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  set(nowMs: number): void {
    this.offsetMs = nowMs - Date.now();
  }

  advance(ms: number): void {
    this.offsetMs += ms;
  }

  reset(): void {
    this.offsetMs = 0;
  }
}
