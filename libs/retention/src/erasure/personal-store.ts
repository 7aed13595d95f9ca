// The one interface of everything that keeps something of a user or a channel. A new store is one class here and one line in
// the list of the module.
import type { Subject } from '#contracts';

export interface Erased {
  /** Pieces, as the store counts them. */
  removed: number;
  /** Pieces that could not be removed now; the erasure comes again for them. */
  left?: number;
}

export interface PersonalStore {
  /** Its name in exports and receipts; never changes its meaning. */
  readonly name: string;
  /** Everything that is kept, piece by piece, as JSON can hold it. */
  export(subject: Subject): AsyncIterable<object>;
  /** Doing it again finds nothing. @throws ParleyError `state_unavailable` */
  erase(subject: Subject): Promise<Erased>;
}

/** Provider token of all stores, in the order in which they are erased. */
export const PERSONAL_STORES = Symbol('personal stores');
