// The provider as the vCon storage sees it: one file up, into a store and out again, found by its name when its id was lost. Translates
// answers and failures; decides nothing.
import type { AccountNote } from './vcon-record.js';
import type { Purpose } from './vcon-options.js';

export interface RemovalAnswer {
  outcome: 'deleted' | 'absent';
  /** Status, such as `200` or `404`. */
  answer: string;
}

export interface IndexState {
  status: 'in_progress' | 'completed' | 'failed' | 'cancelled';
  /** Why it failed, cleaned. */
  detail?: string;
}

export interface UploadWish {
  /** A complete file on this machine. */
  path: string;
  bytes: number;
  name: string;
  purpose: Purpose;
  expires_after_seconds?: number;
  signal: AbortSignal;
  /** Hears of each try. */
  begun: () => void;
}

export interface AttachWish {
  vector_store_id: string;
  file_id: string;
  attributes: Record<string, string | number | boolean>;
  max_chunk_size_tokens?: number;
  chunk_overlap_tokens?: number;
  signal: AbortSignal;
}

export interface RemoteHit {
  file_id: string;
  score: number;
  text: string;
  attributes: Record<string, string | number | boolean>;
}

/** One account at the provider. */
export interface VconRemote {
  /** Name of the profile in records. */
  readonly label: string;
  readonly note: AccountNote;
  readonly vector_store_id: string | undefined;
  /** @returns the file's id, and whether another may have come to be whose id was lost @throws ParleyError */
  upload(wish: UploadWish): Promise<{ file_id: string; repeated: boolean }>;
  attach(wish: AttachWish): Promise<IndexState>;
  indexState(vectorStoreId: string, fileId: string): Promise<IndexState | undefined>;
  detach(vectorStoreId: string, fileId: string): Promise<RemovalAnswer>;
  remove(fileId: string): Promise<RemovalAnswer>;
  /** Ids of files by exactly this name. @param since unix seconds */
  named(name: string, since: number): Promise<string[]>;
  /** Every file of the account that is named like a vCon. */
  vconFiles(): AsyncIterable<{ id: string; name: string; created_at: number }>;
  search(
    vectorStoreId: string,
    query: string,
    filters: object | undefined,
    limit: number,
  ): Promise<RemoteHit[]>;
  /** The text that the index made of the file; undefined when it has none. */
  parsedText(vectorStoreId: string, fileId: string): Promise<string | undefined>;
}
