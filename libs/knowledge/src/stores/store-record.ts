// What is noted of a vector store that was made here. Stores that others made, or that the configuration names, are never noted, and so never
// touched by what cleans up.

/**
 * `creating`: asked of the provider, whose answer is not noted yet; `indexing`: files go in; `ready`: all that can be found are; `deleting`: it goes, and
 * what could not be removed yet is tried again.
 */
export const STORE_STATES = ['creating', 'indexing', 'ready', 'deleting'] as const;
export type StoreState = (typeof STORE_STATES)[number];

export type Attributes = Record<string, string | number | boolean>;

/** A file in a store. */
export interface StoreFile {
  /** Ours, of an uploaded file. */
  id: string;
  /** At the provider. */
  file_id: string;
}

export interface FailedFile {
  id: string;
  /** In the provider's words, cleaned. */
  reason: string;
}

export interface StoreRecord {
  /** Ours. */
  id: string;
  /** At the provider: what assistants and plans name; '' while it is being made. */
  vector_store_id: string;
  tenant: string;
  profile: string;
  name: string;
  /** Days without use after which it goes. */
  ttl_days: number;
  /** Whether files that no other store here uses go with it. */
  delete_files: boolean;
  attributes: Attributes;
  state: StoreState;
  /** UTC ms. */
  created_at: number;
  files: StoreFile[];
  /** Those that are in the store, or were refused by it; the rest is still to be put in. */
  handed_over: number;
  /** Of what was handed over. */
  completed: number;
  failed: FailedFile[];
  /** The provider's batch that is being indexed, with how many files; '' = the files that the store was made with. */
  batch?: { id: string; files: number };
  /** When the index was handed what it works at now; after a while it is no more waited for. */
  since?: number;
  version: number;
  /** Tries to remove it, so far, and the code by which the last one failed. */
  tries?: number;
  fault?: string;
}

/** For the metadata of a store at the provider: by it a store is found whose id was lost. */
export const MADE_HERE = 'parley_store';
