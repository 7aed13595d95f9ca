// In which order the shards are asked for work. When there is too little room for all, each of them gets its turn: also a large run
// that needs more room than becomes free at once.

export class ShardTurns {
  private first = 0;
  /** A shard whose large run waits for room: until it has had its turn, no other one gives a large run. */
  private owed: number | undefined;

  constructor(private readonly count: number) {}

  /** Indexes of all shards. */
  order(): number[] {
    return Array.from({ length: this.count }, (_, i) => (this.first + i) % this.count);
  }

  /** There was no room left to ask this one. */
  beginAt(shard: number): void {
    this.first = shard;
  }

  mayGiveLarge(shard: number): boolean {
    return this.owed === undefined || this.owed === shard;
  }

  /**
   * Of one that might give large runs.
   * @param given whether it gave one
   * @param left whether it has one that there is no room for
   * @returns whether the others were kept waiting for it until now
   */
  asked(shard: number, given: boolean, left: boolean): boolean {
    const waited = this.owed !== undefined;
    this.owed = left && !given ? shard : undefined;
    if (left) this.first = given ? (shard + 1) % this.count : shard;
    return waited && this.owed === undefined;
  }
}
