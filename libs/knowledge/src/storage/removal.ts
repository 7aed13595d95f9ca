// What has to go, piece by piece, and what became of each. Written down before anything is removed, so that a removal that is cut off
// anywhere goes on; of a vCon that was deleted it ends as the receipt.
import type { Sealed } from '#auth';
import type { AccountNote } from './vcon-record.js';

export const REMOVABLE = ['record', 'original', 'vector_store_file', 'file', 'unknown_uploads'] as const;

export interface RemovalObject {
  /**
   * `original`: what is kept in the object store; `vector_store_file`: the index' copy; `file`: at the Files API; `unknown_uploads`: files
   * by that name whose ids never reached us.
   */
  kind: (typeof REMOVABLE)[number];
  /** Of the object: uuid, hash, id of the file, or name of the file. */
  id: string;
  vector_store_id?: string;
  /** For `unknown_uploads`: unix seconds before which a file by that name is not ours. */
  since?: number;
  /** Of those: how often they were looked for, and how many were found. */
  looks?: number;
  found?: number;
  outcome: 'pending' | 'deleted' | 'absent';
  /** What was answered for it at last: by the provider its status and, when it refused, its code. */
  answer?: string;
}

export interface Removal {
  id: string;
  why: 'deleted' | 'replaced' | 'failed_save' | 'orphan';
  tenant: string;
  profile: string;
  account: AccountNote;
  uuid: string;
  /** UTC ms. */
  begun_at: number;
  tries: number;
  objects: RemovalObject[];
  receipt?: VconReceipt;
}

/** Signed as every receipt of an erasure; `parley erasures verify` checks it. */
export type VconReceipt = Sealed<{
  id: string;
  tenant: string;
  kind: 'vcon';
  profile: string;
  subject: string;
  /** ISO 8601 */
  begun_at: string;
  finished_at: string;
  objects: readonly Omit<RemovalObject, 'since' | 'looks' | 'found'>[];
}>;

export const isDone = ({ objects }: Removal): boolean =>
  objects.every(({ outcome }) => outcome !== 'pending');

const FIRST_MS = 2_000;
const LAST_MS = 3_600_000;

/** When to try again after that many tries, ms. */
export const pauseAfter = (tries: number): number => Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(tries, 16));
