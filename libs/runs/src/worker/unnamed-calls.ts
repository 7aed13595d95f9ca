// Calls of the provider whose answer has no name in the log yet: those are asked a second time when this process is killed. So a backlog
// is asked for a few at a time; the provider names its answers faster then, and the backlog ends no later.
import { Injectable } from '@nestjs/common';
import { RunsConfig } from '#config';

/** A call that has no name after so long makes room for another: whoever is slow or hangs must not hold up the rest. */
const PATIENCE_MS = 250;

@Injectable()
export class UnnamedCalls {
  private readonly most: number;
  private count = 0;
  private readonly waiting: (() => void)[] = [];
  private relieved: () => void = () => undefined;

  constructor(config: RunsConfig) {
    this.most = config.unnamedCalls || Infinity;
  }

  /** Whether so many wait that whoever comes now is better served by another process. */
  get crowded(): boolean {
    return this.waiting.length >= this.most;
  }

  /** Calls whenever it is not crowded any more. */
  onRelief(relieved: () => void): void {
    this.relieved = relieved;
  }

  /** Resolves when a call may be made. @returns to be called when its answer has a name, or has ended without one */
  async enter(): Promise<() => void> {
    // Who waits is given the room of somebody who left.
    if (this.count === this.most) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.count++;
    let inside = true;
    const leave = (): void => {
      clearTimeout(patience);
      if (!inside) return;
      inside = false;
      const { crowded } = this;
      const next = this.waiting.shift();
      if (next) next();
      else this.count--;
      if (crowded && !this.crowded) this.relieved();
    };
    const patience = setTimeout(leave, PATIENCE_MS);
    return leave;
  }
}
