// Where originals are kept: the bytes that came in, exactly. A port, because they live on a local disk or at an
// S3-compatible service; both pass one contract suite.
import type { Readable } from 'node:stream';

/**
 * Whose an object is. Equal content of two owners is kept twice on purpose: removing what an owner has then needs no
 * counting of references, and can be proven.
 */
export interface ObjectPlace {
  tenant: string;
  /** What keeps it, such as `vcon:{profile}:{uuid}` or `file:{id}`. */
  owner: string;
}

export interface StoredObject {
  /** SHA-256 of the content, lower-case hex; with the place, its name. */
  hash: string;
  bytes: number;
}

export interface ListedObject extends StoredObject {
  /** Digests of tenant and owner as they stand in the store's own names, see {@link ObjectStore.nameOf}. */
  place: string;
  /** UTC ms. */
  stored_at: number;
}

export interface PutOptions {
  /** More than this many bytes are refused as `too_large`, and nothing is kept. */
  maxBytes: number;
  signal?: AbortSignal;
}

/** Every method throws ParleyError `storage_unavailable` when the store cannot be reached or is full. */
export abstract class ObjectStore {
  /** Takes the stream as it comes, never as a whole; visible only when complete. Equal content under a place is kept once. */
  abstract put(
    place: ObjectPlace,
    body: AsyncIterable<Uint8Array>,
    options: PutOptions,
  ): Promise<StoredObject>;
  /** @throws ParleyError `not_found` */
  abstract open(place: ObjectPlace, hash: string): Promise<{ bytes: number; body: Readable }>;
  abstract has(place: ObjectPlace, hash: string): Promise<boolean>;
  /** @returns whether it was there */
  abstract remove(place: ObjectPlace, hash: string): Promise<boolean>;
  /** All of an owner. @returns how many there were */
  abstract removeAll(place: ObjectPlace): Promise<number>;
  /** Everything, in no order, as it is read: for the sweep that looks for what no record names. */
  abstract list(): AsyncIterable<ListedObject>;
  /** The `place` under which {@link list} shows an owner's objects. */
  abstract nameOf(place: ObjectPlace): string;
  /** Removes one that {@link list} showed, unless it was put again since. @returns whether it was removed */
  abstract removeListed(object: ListedObject): Promise<boolean>;
}
