// One partition of a consumer: its records are begun in their order, many at once, and the commit follows the oldest
// that is not settled. What was not settled is never committed past.
import { setTimeout as delay } from 'node:timers/promises';

const RETRY_MS = 500;
/** A commit costs the brokers as much as a record; what one comes too late for is read again and recognised. */
const PACE_MS = 250;

interface InHand {
  offset: bigint;
  settled: boolean;
}

export class PartitionLane {
  private readonly hand: InHand[] = [];
  /** Of the record that comes next; a lower one is in hand or settled already. */
  private next = -1n;
  private settled: bigint | undefined;
  private committed: bigint | undefined;
  private committing: Promise<void> | undefined;
  private committedAt = -Infinity;
  /** Ends the pause before the next commit. */
  private hurry: () => void = () => undefined;
  private hurried = false;
  private readonly working = new Set<Promise<void>>();
  /** Nothing more is begun. */
  private blocked = false;
  /** Nothing more is committed. */
  private stopped = false;

  /** @param commit writes the offset of the next record to read; it is asked again when it rejects */
  constructor(private readonly commit: (next: bigint) => Promise<void>) {}

  /** @param work resolves to false when the record was left: then nothing behind it is begun or committed */
  async push(offset: bigint, work: () => Promise<boolean>): Promise<void> {
    if (this.blocked || offset < this.next) return;
    this.next = offset + 1n;
    const record: InHand = { offset, settled: false };
    this.hand.push(record);
    const working = work().then((done) => this.done(record, done));
    this.working.add(working);
    await working.finally(() => this.working.delete(working));
  }

  /** Nothing more is begun or committed: the partition belongs to somebody else, or soon will. */
  stop(): void {
    this.blocked = true;
    this.stopped = true;
  }

  /** Resolves when everything pushed so far was settled or left, and committed. */
  async idle(): Promise<void> {
    await Promise.all(this.working);
    this.hurried = true;
    this.hurry();
    await this.committing;
    this.hurried = false;
  }

  /**
   * What the brokers know of it. A member that lost the partition may have been late with a commit of its own, which then stands instead of a
   * newer one of ours until there is something new to commit.
   */
  told(committed: bigint): void {
    if (this.stopped || this.committed === undefined || committed >= this.committed) return;
    this.committed = undefined;
    this.startCommitting();
  }

  private done(record: InHand, settled: boolean): void {
    record.settled = settled;
    this.blocked ||= !settled;
    let newest: bigint | undefined;
    while (this.hand[0]?.settled) newest = this.hand.shift()!.offset + 1n;
    if (newest === undefined || this.stopped) return;
    this.settled = newest;
    this.startCommitting();
  }

  private startCommitting(): void {
    this.committing ??= this.commitAll().finally(() => (this.committing = undefined));
  }

  /** While a commit is on its way, or waits for its time, further records settle; the next commit covers them all. */
  private async commitAll(): Promise<void> {
    while (!this.stopped && this.settled !== undefined && this.settled !== this.committed) {
      const early = this.committedAt + PACE_MS - performance.now();
      if (early > 0 && !this.hurried) await this.pause(early);
      if (this.stopped) return;
      const next = this.settled;
      this.committedAt = performance.now();
      try {
        await this.commit(next);
        this.committed = next;
      } catch {
        // Whoever commits has told of it; a group that is changing its members takes it a moment later.
        await delay(RETRY_MS);
      }
    }
  }

  private async pause(ms: number): Promise<void> {
    const hurry = new Promise<void>((resolve) => (this.hurry = resolve));
    await Promise.race([hurry, delay(ms, undefined, { ref: false })]);
  }
}
