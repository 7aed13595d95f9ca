// So many at a time: whoever wants a slot waits until one is free.
import { EventEmitter, once } from 'node:events';

export class Slots {
  private taken = 0;
  private readonly changes = new EventEmitter();

  constructor(private readonly count: number) {}

  /** Resolves when a slot is the caller's. One caller at a time. */
  async take(): Promise<void> {
    while (this.taken >= this.count) await once(this.changes, 'free');
    this.taken += 1;
  }

  free(slots = 1): void {
    this.taken -= slots;
    this.changes.emit('free');
  }

  /** Resolves when nobody has one. */
  async empty(): Promise<void> {
    while (this.taken > 0) await once(this.changes, 'free');
  }
}
