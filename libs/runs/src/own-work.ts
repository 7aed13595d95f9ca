// What this process itself is just sending to Redis, and what it sees to without being told. Whoever waits for the effect asks right behind
// it, in the same write, and no hint wakes every process for what one of them has in hand already.
import { Injectable } from '@nestjs/common';
import type { ReplyAddress } from '#contracts';

interface Taker {
  /** Called once for all admissions of one turn of the event loop, behind what they have sent. */
  look: () => void;
  /** Whether the worker here has room for one more of so many bytes; each true counts as taken until it looks. */
  takes: (bytes: number) => boolean;
}

interface Emptier {
  /** The same for ends of runs. */
  look: () => void;
  /** The way out of a shard that is emptied here now, if one is. */
  holds: (shard: number) => ReplyAddress['kind'] | undefined;
}

@Injectable()
export class OwnWork {
  private taker: Taker | undefined;
  private emptier: Emptier | undefined;

  takenBy({ look, takes }: Taker): void {
    this.taker = { look: behind(look), takes };
  }

  emptiedBy({ look, holds }: Emptier): void {
    this.emptier = { look: behind(look), holds };
  }

  /**
   * @param bytes of the message and the request
   * @returns whether it is taken up here; then nobody else need be woken. What a crash leaves is found by the others' own clocks
   */
  admitting(bytes: number): boolean {
    this.taker?.look();
    return this.taker?.takes(bytes) ?? false;
  }

  /** @returns the way out that needs no hint */
  ending(shard: number): ReplyAddress['kind'] | undefined {
    const kind = this.emptier?.holds(shard);
    if (kind !== undefined) this.emptier?.look();
    return kind;
  }
}

function behind(look: () => void): () => void {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    setImmediate(() => {
      due = false;
      look();
    });
  };
}
