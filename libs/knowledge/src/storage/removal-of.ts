// Writes down what has to go of a vCon, and what was answered. Pure.
import { newId, ParleyError, toParleyError } from '#contracts';
import type { Removal, RemovalObject } from './removal.js';
import type { SaveAttempt, VconFile, VconRecord } from './vcon-record.js';

type Wanted = Omit<RemovalObject, 'outcome'>;

/** Clocks differ: a file by that name that is older than this was there before. */
const SKEW_SECONDS = 60;

export function removalOf(record: VconRecord, why: Removal['why'], objects: readonly Wanted[]): Removal {
  const { tenant, profile, uuid, account } = record;
  const pending = objects.map((object) => ({ ...object, outcome: 'pending' as const }));
  const [id, begun_at] = [newId('removal'), Date.now()];
  return { id, why, tenant, profile, account, uuid, begun_at, tries: 0, objects: pending };
}

/** A file is taken out of the store before it goes, so that a search stops finding it first. */
export const fileObjects = (file: VconFile): Wanted[] => [
  ...(file.vector_store_id === undefined
    ? []
    : [{ kind: 'vector_store_file' as const, id: file.file_id, vector_store_id: file.vector_store_id }]),
  { kind: 'file', id: file.file_id },
];

/** Status and code, no words: an answer is shown to whoever may delete. */
export function answerOf(error: unknown): string {
  const { code, cause } = toParleyError(error);
  const upstream = [error, cause].find(
    (one): one is { status?: number; upstream_code?: string } => one instanceof ParleyError && 'kind' in one,
  );
  return [upstream?.status, upstream?.upstream_code ?? code].filter((part) => part !== undefined).join(' ');
}

/** Of a save that ended too early. @param lost whether a file may have come to be whose id never reached us */
export const attemptObjects = (attempt: SaveAttempt, lost: boolean): Wanted[] => [
  ...(attempt.file_id === undefined ? [] : fileObjects({ ...attempt, file_id: attempt.file_id })),
  ...(lost ? [unknownUploads(attempt)] : []),
];

export const unknownUploads = ({ name, started_at }: SaveAttempt): Wanted => ({
  kind: 'unknown_uploads',
  id: name,
  since: Math.floor(started_at / 1_000) - SKEW_SECONDS,
});
