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
  private readonly waiting = new Set<() => void>();
  private relieved: () => void = () => undefined;

  constructor(config: RunsConfig) {
    this.most = config.unnamedCalls || Infinity;
  }

  /** Whether so many wait that whoever comes now is better served by another process. */
  get crowded(): boolean {
    return this.waiting.size >= this.most;
  }

  /** Calls whenever it is not crowded any more. */
  onRelief(relieved: () => void): void {
    this.relieved = relieved;
  }

  /**
   * Resolves when a call may be made, or will not be, because the signal says so.
   * @returns to be called when its answer has a name, or has ended without one
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (this.count < this.most) this.count++;
    else if (!(await this.room(signal))) return () => undefined;
    let inside = true;
    const leave = (): void => {
      clearTimeout(patience);
      if (inside) this.giveRoom();
      inside = false;
    };
    const patience = setTimeout(leave, PATIENCE_MS);
    return leave;
  }

  /** Resolves to true with the room of somebody who left, to false when it is not wanted any more. */
  private room(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const giveUp = (): void => {
        this.stopWaiting(enter);
        resolve(false);
      };
      const enter = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(true);
      };
      this.waiting.add(enter);
      if (signal.aborted) giveUp();
      else signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  private giveRoom(): void {
    const [next] = this.waiting;
    if (!next) {
      this.count--;
      return;
    }
    this.stopWaiting(next);
    next();
  }

  private stopWaiting(one: () => void): void {
    this.waiting.delete(one);
    if (this.waiting.size === this.most - 1) this.relieved();
  }
}
