// How much of what strangers sent is read in one turn of the event loop. The rest waits for the next turns, in the
// order in which it came, so that timers, heartbeats and other peers get their turn in between.

/** Takes 1 ms to read if it is text, 8 ms if it is all short member names; at most one piece goes beyond it. */
const BYTES_PER_TURN = 128 * 1024;
/** What reading the smallest frame costs, in bytes that would take as long. */
const LEAST_BYTES = 1024;

export class TurnBudget {
  private spent = 0;
  private turning = false;
  private readonly waiting: [bytes: number, work: () => void][] = [];

  constructor(private readonly bytesPerTurn = BYTES_PER_TURN) {}

  /**
   * Works at once, or in a later turn behind everything that waits. Bounding what waits is the caller's part.
   * @param bytes of the input, which its work is taken to be in proportion to
   * @returns false when the work waits
   */
  run(bytes: number, work: () => void): boolean {
    const now = this.waiting.length === 0 && this.spent < this.bytesPerTurn;
    if (!this.turning) this.schedule();
    if (now) this.spend(bytes, work);
    else this.waiting.push([bytes, work]);
    return now;
  }

  private turn(): void {
    this.turning = false;
    this.spent = 0;
    if (this.waiting.length > 0) this.schedule();
    while (this.waiting.length > 0 && this.spent < this.bytesPerTurn) this.spend(...this.waiting.shift()!);
  }

  private spend(bytes: number, work: () => void): void {
    this.spent += Math.max(bytes, LEAST_BYTES);
    work();
  }

  private schedule(): void {
    this.turning = true;
    setImmediate(() => this.turn());
  }
}
