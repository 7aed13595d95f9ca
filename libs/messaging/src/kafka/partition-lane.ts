// One partition of a consumer: its records one after the other, and the commit of how far they were settled.
// What was not settled is never committed past.

export class PartitionLane {
  private tail: Promise<void> = Promise.resolve();
  private settled: bigint | undefined;
  private committed: bigint | undefined;
  private committing: Promise<void> | undefined;
  private blocked = false;

  /** @param commit writes the offset of the next record to read; a rejection is repeated with the next commit */
  constructor(private readonly commit: (next: bigint) => Promise<void>) {}

  /** @param work resolves to false when the record was left: then nothing behind it is begun or committed */
  push(offset: bigint, work: () => Promise<boolean>): Promise<void> {
    this.tail = this.tail.then(() => this.next(offset, work));
    return this.tail;
  }

  /** Resolves when everything pushed so far was settled or left, and committed. */
  async idle(): Promise<void> {
    await this.tail;
    await this.committing;
  }

  private async next(offset: bigint, work: () => Promise<boolean>): Promise<void> {
    if (this.blocked) return;
    if (!(await work())) {
      this.blocked = true;
      return;
    }
    this.settled = offset + 1n;
    this.committing ??= this.commitAll().finally(() => (this.committing = undefined));
  }

  /** While a commit is on its way further records settle; the next commit covers them all. */
  private async commitAll(): Promise<void> {
    while (this.settled !== undefined && this.settled !== this.committed) {
      const next = this.settled;
      await this.commit(next);
      this.committed = next;
    }
  }
}
