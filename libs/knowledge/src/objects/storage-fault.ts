// Failures of a store, in words that name no path and no content.
import { ParleyError } from '#contracts';

/** Rejects with `storage_unavailable`; what the system said stays for the log. */
export const storageFault =
  (what: 'read' | 'write' | 'remove') =>
  (cause: unknown): never => {
    throw new ParleyError('storage_unavailable', `unable to ${what} object; the storage failed`, { cause });
  };

export const absent = (): ParleyError =>
  new ParleyError('not_found', 'unable to read object; there is none of that content in that place');
