// Takes files away again: here, at the provider, and what an upload that was cut off may have left there. What cannot be removed now is tried
// again until it is gone.
import { Injectable, Logger } from '@nestjs/common';
import { toParleyError } from '#contracts';
import { OpenaiAccounts } from '#openai';
import { ObjectStore } from '../objects/object-store.js';
import { placeOf, type FileRecord } from './file-record.js';
import { FileRecords } from './file-records.js';
import { BEGUN_MS, LEAST_PAUSE_MS, pauseAfter } from './removal-pace.js';

/** Uploads whose answer was lost are looked for twice: one may have been on its way at the first look. */
const LOOKS = 2;
/** Clocks differ. */
const SKEW_MS = 60_000;

@Injectable()
export class FileRemoval {
  private readonly logger = new Logger('Files');

  constructor(
    private readonly records: FileRecords,
    private readonly objects: ObjectStore,
    private readonly accounts: OpenaiAccounts,
  ) {}

  /** @returns whether all of it is gone; else it is tried again @throws ParleyError `state_unavailable` */
  async remove(record: FileRecord): Promise<boolean> {
    const tries = (record.tries ?? 0) + 1;
    const { fault: _fault, ...rest } = record;
    const begun = await this.records.write(
      record,
      { ...rest, state: 'deleting', tries },
      Date.now() + BEGUN_MS,
    );
    // Somebody else is at it, or an upload has just ended: he or the next look goes on.
    if (begun === undefined) return (await this.records.get(record.id)) === undefined;
    try {
      await this.objects.removeAll(placeOf(begun));
      const looks = await this.removeRemote(begun);
      if (looks === undefined || looks >= LOOKS) {
        await this.records.forget(begun);
        this.logger.log({ file_id: begun.id, profile: begun.profile, tries }, 'file removed');
        return true;
      }
      const { file_id: _gone, ...left } = begun;
      await this.records.write(begun, { ...left, looks }, Date.now() + LEAST_PAUSE_MS);
    } catch (error) {
      const fault = toParleyError(error).code;
      const pause = pauseAfter(tries);
      await this.records.write(begun, { ...begun, fault }, Date.now() + pause);
      this.logger.warn({ file_id: begun.id, code: fault, tries, retry_in_ms: pause }, 'file not removed yet');
    }
    return false;
  }

  /** What nobody goes on with: removals to try again, uploads whose process died. @returns how many were tried and done */
  async goOn(now: number): Promise<{ tried: number; done: number }> {
    const due = await this.records.due(now, 50);
    let done = 0;
    for (const record of due) {
      const lost = record.state === 'uploading' ? { lost_since: record.lost_since ?? record.created_at } : {};
      if (await this.remove({ ...record, ...lost })) done++;
    }
    return { tried: due.length, done };
  }

  /** @returns looks so far for what was lost; undefined when there is nothing to look for */
  private async removeRemote(record: FileRecord): Promise<number | undefined> {
    const { profile, file_id, lost_since, name, bytes, looks = 0 } = record;
    if (file_id === undefined && lost_since === undefined) return undefined;
    const { files } = this.accounts.of({ profile });
    if (file_id !== undefined) await files.delete(file_id);
    if (lost_since === undefined) return undefined;
    // Another upload of that name has no id yet either: which file is whose shows when it is done.
    for (const other of await this.records.open())
      if (other.id !== record.id && other.name === name && other.state === 'uploading') return looks;
    const found: string[] = [];
    for await (const file of files.list(record.purpose)) {
      if (file.created_at * 1_000 < lost_since - SKEW_MS) break;
      if (file.filename === name && (bytes === undefined || file.bytes === bytes)) found.push(file.id);
    }
    const known = await this.records.known(found);
    for (const id of found) if (!known.has(id)) await files.delete(id);
    return looks + 1;
  }
}
