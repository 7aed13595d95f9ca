// What happened between one turn of the event loop and the next, so that a test can say how long nothing else could
// happen without a clock.

export class TurnCounter {
  private readonly sums = [0];
  private running = true;

  constructor() {
    const turn = (): void => {
      this.sums.push(0);
      if (this.running) setImmediate(turn);
    };
    setImmediate(turn);
  }

  add(amount: number): void {
    this.sums[this.sums.length - 1]! += amount;
  }

  /** Stops counting. @returns the most that came together in one turn */
  end(): number {
    this.running = false;
    return Math.max(...this.sums);
  }
}
