// Who keeps something in the object store, and what: each keeper says so for itself, also those of higher floors. What none of them names was left
// behind by records that were lost.
import { Injectable } from '@nestjs/common';
import type { ObjectPlace } from './object-store.js';

/** All there are: without the word of one, nothing is known to be nobody's. */
export const KEEPERS = ['files', 'vcons', 'transcriptions'] as const;
export type Keeper = (typeof KEEPERS)[number];

export interface KeptObject {
  place: ObjectPlace;
  /** Absent = whatever is there. */
  hash?: string;
}

@Injectable()
export class ObjectKeepers {
  private readonly keepers = new Map<Keeper, () => AsyncIterable<KeptObject>>();

  /** @param kept everything that is noted, also what is only on its way: noted before it is put */
  add(keeper: Keeper, kept: () => AsyncIterable<KeptObject>): void {
    this.keepers.set(keeper, kept);
  }

  /** @throws Error in a process that does not know all keepers */
  async *all(): AsyncGenerator<KeptObject> {
    const missing = KEEPERS.filter((keeper) => !this.keepers.has(keeper));
    if (missing.length > 0) throw new Error(`unable to tell what is kept; ${missing.join()} cannot be asked`);
    for (const kept of this.keepers.values()) yield* kept();
  }
}
