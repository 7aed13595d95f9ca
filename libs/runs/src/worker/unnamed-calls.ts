// Calls of the provider whose answer has no name in the log yet: those are asked a second time when this process is killed. So a backlog
// is asked for a few at a time; the provider names its answers faster then, and the backlog ends no later.
import { Injectable } from '@nestjs/common';

/** Calls without a name at a time. */
const MOST = 8;
/** A call that has no name after so long makes room for another: whoever is slow or hangs must not hold up the rest. */
const PATIENCE_MS = 100;

@Injectable()
export class UnnamedCalls {
  private count = 0;
  private readonly waiting: (() => void)[] = [];

  /** Resolves when a call may be made. @returns to be called when its answer has a name, or has ended without one */
  async enter(): Promise<() => void> {
    // Who waits is given the room of somebody who left.
    if (this.count === MOST) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.count++;
    let inside = true;
    const leave = (): void => {
      clearTimeout(patience);
      if (!inside) return;
      inside = false;
      const next = this.waiting.shift();
      if (next) next();
      else this.count--;
    };
    const patience = setTimeout(leave, PATIENCE_MS);
    return leave;
  }
}
