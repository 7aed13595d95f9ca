// Acknowledges what was settled on one channel, many with one frame: everything below the first unsettled
// delivery in one go, what settled beyond it one by one. A delivery that never settles is never passed over.
// Refuses at once what the broker itself is to set aside.

export interface Acknowledger {
  /** @param upTo acknowledges all deliveries with this tag or a lower one */
  (tag: number, upTo: boolean): void;
}

export type Refuser = (tag: number) => void;

export class AckWindow {
  /** Tags are 1, 2, 3 … on every channel. */
  private firstOpen = 1;
  private readonly fresh = new Set<number>();
  /** Answered one by one, beyond an open one. */
  private readonly answeredAhead = new Set<number>();
  private scheduled = false;
  private closed = false;
  private readonly abandoned = new AbortController();

  constructor(
    private readonly acknowledge: Acknowledger,
    private readonly refuseOne: Refuser,
  ) {}

  /** Aborted when nothing more should be begun for deliveries of this channel. */
  get signal(): AbortSignal {
    return this.abandoned.signal;
  }

  settle(tag: number): void {
    this.fresh.add(tag);
    if (this.scheduled) return;
    this.scheduled = true;
    // What settles in the same turn of the event loop (one reply of Redis settles many) shares a frame.
    setImmediate(() => this.flush());
  }

  /** To the broker's own dead-letter exchange, whatever is open before it. */
  refuse(tag: number): void {
    if (this.closed) return;
    this.refuseOne(tag);
    this.answeredAhead.add(tag);
  }

  flush(): void {
    this.scheduled = false;
    if (this.closed) return;
    // The frame must name a delivery that is still open: the broker closes the channel over one it was told of before.
    let last: number | undefined;
    let count = 0;
    for (; ; this.firstOpen++) {
      if (this.fresh.delete(this.firstOpen)) {
        last = this.firstOpen;
        count++;
      } else if (!this.answeredAhead.delete(this.firstOpen)) break;
    }
    if (last !== undefined) this.acknowledge(last, count > 1);
    for (const tag of this.fresh) {
      this.acknowledge(tag, false);
      this.answeredAhead.add(tag);
    }
    this.fresh.clear();
  }

  /** No more work: what is undecided stays unacknowledged, what settles is still acknowledged. */
  abandon(): void {
    this.abandoned.abort();
  }

  /** The channel is gone: acknowledging on it would throw, and the broker gives the deliveries out again anyway. */
  close(): void {
    this.closed = true;
    this.abandoned.abort();
  }
}
