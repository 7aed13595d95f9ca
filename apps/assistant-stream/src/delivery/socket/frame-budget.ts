// How many frames one client may send: a bucket that refills with time. Two numbers per socket, no timer.

export class FrameBudget {
  private left: number;
  private at = 0;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.left = burst;
  }

  /** @param now milliseconds of a monotonic clock */
  take(now: number): boolean {
    this.left = Math.min(this.burst, this.left + ((now - this.at) / 1_000) * this.perSecond);
    this.at = now;
    if (this.left < 1) return false;
    this.left--;
    return true;
  }
}
