// The one interface of everything that keeps something of a user or a channel. A new store is one class here and one line in
// the list of the module.
import type { Subject } from '#contracts';

/** One thing that is gone, without saying of whom it was. */
export interface ErasedObject {
  /** Such as `original`, `file`, `vector_store_file`. */
  kind: string;
  id: string;
  outcome: 'deleted' | 'absent';
  /** What the provider said, where one was asked. */
  answer?: string;
}

export interface Erased {
  /** Pieces, as the store counts them. */
  removed: number;
  /** Pieces that could not be removed now; the erasure comes again for them. */
  left?: number;
  /** The pieces themselves, for the receipt. */
  objects?: readonly ErasedObject[];
  /** Ids by which the store knows what was begun and is not done; the next try gets them again. */
  begun?: readonly string[];
}

export interface PersonalStore {
  /** Its name in exports and receipts; never changes its meaning. */
  readonly name: string;
  /** Everything that is kept, piece by piece, as JSON can hold it. */
  export(subject: Subject): AsyncIterable<object>;
  /** Doing it again finds nothing. @param begun what the try before has left @throws ParleyError `state_unavailable` */
  erase(subject: Subject, begun: readonly string[]): Promise<Erased>;
}

/** Provider token of all stores, in the order in which they are erased. */
export const PERSONAL_STORES = Symbol('personal stores');
