// What is noted of an uploaded file. The file itself is in the object store and at the provider.
import type { FilePurpose } from '#openai';
import type { ObjectPlace } from '../objects/object-store.js';
import type { FileKind } from './file-kinds.js';

/**
 * `receiving`: its bytes come in; `uploading`: it is kept and on its way to the provider; `ready`: it is there; `deleting`: it goes, and
 * what could not be removed yet is tried again.
 */
export const FILE_STATES = ['receiving', 'uploading', 'ready', 'deleting'] as const;
export type FileState = (typeof FILE_STATES)[number];

export const UPLOAD_PURPOSES = ['assistants', 'user_data'] as const satisfies readonly FilePurpose[];
export type UploadPurpose = (typeof UPLOAD_PURPOSES)[number];

export interface FileRecord {
  /** Ours; the provider's is no right of anybody's. */
  id: string;
  tenant: string;
  /** Key of the user whose it is; '' = nobody's in particular. */
  user: string;
  /** As its owner calls it, and as the provider is told. */
  name: string;
  kind: FileKind;
  purpose: UploadPurpose;
  /** Of the account at the provider. */
  profile: string;
  state: FileState;
  /** UTC ms. */
  created_at: number;
  /** Raised by each change: who writes must have read the last one. */
  version: number;
  hash?: string;
  bytes?: number;
  /** At the provider. */
  file_id?: string;
  /** UTC ms from which on an upload may have left a file whose id was lost. */
  lost_since?: number;
  /** Looks for such a file, so far. */
  looks?: number;
  /** Tries to remove it, so far, and the code by which the last one failed. */
  tries?: number;
  fault?: string;
}

export const placeOf = ({ tenant, id }: FileRecord): ObjectPlace => ({ tenant, owner: `file:${id}` });
