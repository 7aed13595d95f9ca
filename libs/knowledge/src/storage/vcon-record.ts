// What is noted of a saved vCon: where its original and its copy at the provider are, and how far saving has come. Holds no word of the
// conversation and no key.
import { createHash } from 'node:crypto';
import { digest, type ErrorCode } from '#contracts';
import type { VconForm, VconIssue, VconSignature } from '../vcon/vcon.js';

/** Whose vCon, at which account: the same uuid under two profiles is two vCons. */
export interface VconRef {
  tenant: string;
  /** Name of the account's profile, see {@link AccountNote}. */
  profile: string;
  /** Lower case. */
  uuid: string;
}

/**
 * `saving` → `uploaded` → `indexing` → `ready` or `index_failed`; without a vector store `saving` → `ready`; `failed` when nothing was
 * kept. A vCon that is saved again keeps its state until the new content has taken the place of the old.
 */
export const VCON_STATES = ['saving', 'uploaded', 'indexing', 'ready', 'index_failed', 'failed'] as const;
export type VconState = (typeof VCON_STATES)[number];

/** From which account its files are, as far as that may be written down. */
export interface AccountNote {
  /** Its name in records. */
  label: string;
  profile?: string;
  organization?: string;
  project?: string;
  /** The key was given with the call and is not kept: only calls that give it again reach these files. */
  own_key?: true;
}

export interface VconFile {
  file_id: string;
  name: string;
  /** Where it is attached. */
  vector_store_id?: string;
}

export interface Fault {
  code: ErrorCode | 'interrupted' | 'index_timeout' | 'remote_missing' | 'no_vector_store_access';
  /** For operators: what the provider said, cleaned; without content. */
  detail?: string;
}

/** An upload under way, so that whoever comes after a crash knows what to look for. */
export interface SaveAttempt {
  name: string;
  /** UTC ms. */
  started_at: number;
  hash: string;
  file_id?: string;
  vector_store_id?: string;
}

export interface VconRecord extends VconRef {
  state: VconState;
  fault?: Fault;
  /** Of the newest save that failed, while an older content lives on. */
  last_fault?: Fault;
  account: AccountNote;
  form: VconForm;
  /** Of the original in the object store; '' when none is kept. */
  hash: string;
  bytes: number;
  /** Digest of the options that the file was made with: the same content under other options is another file. */
  made_with: string;
  file?: VconFile;
  attempt?: SaveAttempt;
  warnings: VconIssue[];
  signatures: VconSignature[];
  /** Lists by which it is found for an erasure, see owners.ts. */
  owners: string[];
  /** UTC ms: first saved, last changed, and since when the index is at it. */
  saved_at: number;
  changed_at: number;
  indexing_since?: number;
}

/** The name of a record in keys: digests, so that no name of a tenant becomes part of one. */
export const memberOf = ({ tenant, profile, uuid }: VconRef): string =>
  `${digest(`${tenant}\0${profile}`)}/${uuid}`;

/** Whose the originals are in the object store. */
export const placeOf = ({ tenant, profile, uuid }: VconRef): { tenant: string; owner: string } => ({
  tenant,
  owner: `vcon:${profile}:${uuid}`,
});

export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
