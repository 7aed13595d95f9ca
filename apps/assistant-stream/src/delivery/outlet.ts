// Where bytes for one client go, with its back-pressure. Past the soft bound pushing pauses and the log is
// the buffer; past the hard bound, or without progress, the client is let go and resumes by its cursor.
// Knows nothing of channels.

/** Paused work that goes on when the client has read again. */
export interface Resumable {
  resume(): void;
}

export interface OutletLimits {
  softBytes: number;
  hardBytes: number;
  stallSeconds: number;
}

export abstract class Outlet {
  closed = false;
  private waiting: Set<Resumable> | undefined;
  private blockedAt = 0;
  private lastBuffered = 0;

  constructor(private readonly limits: OutletLimits) {}

  protected abstract readonly buffered: number;
  protected abstract write(data: Buffer, flushed?: () => void): void;
  protected abstract end(): void;

  /** True while nothing should be pushed. */
  get blocked(): boolean {
    return this.blockedAt !== 0;
  }

  /** Sends in any case: answers and the ends of runs are few. */
  send(data: Buffer): void {
    if (this.closed) return;
    const after = this.buffered + data.length;
    if (this.blockedAt === 0 && after <= this.limits.softBytes) {
      this.write(data);
      return;
    }
    if (this.blockedAt !== 0) {
      if (after > this.limits.hardBytes) this.dropSlow();
      else this.write(data);
      return;
    }
    // The write that crosses the soft bound tells when everything up to it has left.
    this.block();
    this.write(data, () => this.drained());
  }

  whenDrained(work: Resumable): void {
    (this.waiting ??= new Set()).add(work);
  }

  forget(work: Resumable): void {
    this.waiting?.delete(work);
  }

  /** Called about once a second; closes a blocked client that has read nothing for too long. */
  checkProgress(now: number): void {
    if (this.blockedAt === 0 || this.closed) return;
    const buffered = this.buffered;
    if (buffered < this.lastBuffered) this.blockedAt = now;
    this.lastBuffered = buffered;
    if (now - this.blockedAt >= this.limits.stallSeconds * 1_000) this.dropSlow();
  }

  private block(): void {
    this.blockedAt = Date.now();
    this.lastBuffered = Number.MAX_SAFE_INTEGER;
    blockedOutlets.add(this);
  }

  private drained(): void {
    this.blockedAt = 0;
    blockedOutlets.delete(this);
    if (this.closed) return;
    const work = this.waiting;
    this.waiting = undefined;
    for (const one of work ?? []) one.resume();
  }

  /** The connection is gone. */
  dispose(): void {
    this.closed = true;
    this.waiting = undefined;
    blockedOutlets.delete(this);
  }

  private dropSlow(): void {
    this.dispose();
    this.end();
  }
}

/** Only these need to be looked at by the clock. */
export const blockedOutlets = new Set<Outlet>();
