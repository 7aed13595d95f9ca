// Nothing went wrong, but now is not the time: the run goes back to wait, and nothing is burnt.

/** @param delayMs when to look again */
export class Postponed extends Error {
  constructor(
    readonly delayMs: number,
    /** A finite word for logs. */
    readonly reason: string,
  ) {
    super(`unable to ask now; ${reason}`);
    this.name = 'Postponed';
  }
}

/** The target's circuit is open; another target may be asked. */
export class CircuitOpen extends Postponed {
  /** @param since when it was last closed, UTC ms */
  constructor(
    delayMs: number,
    override readonly cause: string,
    readonly since: number,
  ) {
    super(delayMs, `circuit ${cause}`);
  }
}
