// Looks for what does not belong together any more: files at the provider that no vCon names, vCons whose file or original is gone, originals that
// nobody names. Tells first; mends only where it is asked to.
import { Injectable, Logger } from '@nestjs/common';
import { toParleyError } from '#contracts';
import { ObjectStore } from '../objects/object-store.js';
import { ObjectSweep, type ObjectSweepReport } from '../objects/object-sweep.js';
import { VconDeletion } from './vcon-deletion.js';
import { VconLock } from './vcon-lock.js';
import { placeOf, type VconRecord } from './vcon-record.js';
import { VconRecords } from './vcon-records.js';
import { VconAccounts } from './vcon-accounts.js';
import type { VconRemote } from './vcon-remote.js';

export interface Orphan {
  /**
   * `file`: at the provider, named like a vCon's, and no vCon names it; `record_without_file`: its file is not at the provider any more;
   * `record_without_original`: its original is not in the object store any more.
   */
  kind: 'file' | 'record_without_file' | 'record_without_original';
  profile: string;
  uuid: string;
  file_id?: string;
  /** What was done about it; absent in a dry run. */
  outcome?: 'removed' | 'kept' | string;
}

export interface SweepReport {
  applied: boolean;
  orphans: Orphan[];
  /** Profiles whose account could not be asked, with the code. */
  failed: { profile: string; code: string }[];
  /** How much was looked at. */
  files: number;
  records: number;
  /** What is in the object store and nobody names. */
  originals: ObjectSweepReport;
}

export interface SweepWish {
  /** Otherwise it only tells. */
  apply: boolean;
  /** Whether originals go too; as `apply` says, when absent. */
  originals?: boolean;
  /** What is younger is left alone. */
  ageMs?: number;
}

/** What is younger may be on its way. */
const AGE_MS = 15 * 60_000;
const WAIT_MS = 5_000;
const NAME = /([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.vcon\.json$/i;

@Injectable()
export class VconSweep {
  private readonly logger = new Logger('VconSweep');

  constructor(
    private readonly records: VconRecords,
    private readonly objects: ObjectStore,
    private readonly accounts: VconAccounts,
    private readonly lock: VconLock,
    private readonly deletion: VconDeletion,
    private readonly objectSweep: ObjectSweep,
  ) {}

  /** Of the whole installation, all configured accounts. */
  async run({ apply, originals = apply, ageMs }: SweepWish): Promise<SweepReport> {
    const report = { applied: apply, orphans: [] as Orphan[], failed: [], files: 0, records: 0 };
    const oldest = Date.now() - (ageMs ?? AGE_MS);
    /** Of the accounts that could be asked: their files. */
    const there = new Map<string, Set<string>>();
    for (const remote of this.accounts.configured()) await this.look(remote, oldest, there, report);
    for await (const record of this.records.all()) {
      report.records += 1;
      if (record.changed_at > oldest || record.attempt !== undefined) continue;
      const orphan = await this.broken(record, there.get(record.profile));
      if (orphan !== undefined) report.orphans.push(orphan);
      if (orphan !== undefined && apply) orphan.outcome = await this.mend(record, orphan);
    }
    const { files, orphans } = report;
    this.logger.log({ state: apply ? 'applied' : 'dry run', count: orphans.length, pending: files }, 'swept');
    return { ...report, originals: await this.objectSweep.run(originals, ageMs) };
  }

  private async look(
    remote: VconRemote,
    oldest: number,
    there: Map<string, Set<string>>,
    report: Omit<SweepReport, 'originals'>,
  ): Promise<void> {
    const profile = remote.label;
    try {
      const files: { id: string; uuid: string }[] = [];
      const ids = new Set<string>();
      for await (const { id, name, created_at } of remote.vconFiles()) {
        ids.add(id);
        const uuid = NAME.exec(name)?.[1]?.toLowerCase();
        if (uuid !== undefined && created_at * 1_000 < oldest) files.push({ id, uuid });
      }
      there.set(profile, ids);
      report.files += ids.size;
      const known = await this.records.known(files.map(({ id }) => id));
      for (const { id, uuid } of files) {
        // Two profiles may be the same account.
        if (known.has(id) || report.orphans.some(({ file_id }) => file_id === id)) continue;
        const orphan: Orphan = { kind: 'file', profile, uuid, file_id: id };
        report.orphans.push(orphan);
        if (report.applied) orphan.outcome = await this.removeFile(remote, uuid, id);
      }
    } catch (error) {
      report.failed.push({ profile, code: toParleyError(error).code });
    }
  }

  private async removeFile(remote: VconRemote, uuid: string, id: string): Promise<string> {
    try {
      return await this.lock.during(uuid, WAIT_MS, async () => {
        if ((await this.records.known([id])).has(id)) return 'kept';
        return (await remote.remove(id)).outcome;
      });
    } catch (error) {
      return toParleyError(error).code;
    }
  }

  private async broken(record: VconRecord, files: Set<string> | undefined): Promise<Orphan | undefined> {
    const { profile, uuid, hash, file } = record;
    if (hash !== '' && !(await this.objects.has(placeOf(record), hash)))
      return { kind: 'record_without_original', profile, uuid };
    if (
      file !== undefined &&
      files !== undefined &&
      !files.has(file.file_id) &&
      record.account.own_key === undefined
    )
      if (record.fault?.code !== 'remote_missing')
        return { kind: 'record_without_file', profile, uuid, file_id: file.file_id };
    return undefined;
  }

  /** Without its original a vCon is nothing; without its file it is still there, but not found by a search. */
  private async mend(found: VconRecord, { kind }: Orphan): Promise<string> {
    try {
      return await this.lock.during(found.uuid, WAIT_MS, async (held) => {
        const record = await this.records.get(found);
        if (record === undefined || record.changed_at !== found.changed_at) return 'kept';
        if (kind === 'record_without_original') {
          await this.deletion.remove(held, record, 'orphan', 'job:vcon-sweep');
          return 'removed';
        }
        const { file: _file, indexing_since: _since, ...rest } = record;
        const marked: VconRecord = {
          ...rest,
          state: 'index_failed',
          fault: { code: 'remote_missing' },
          changed_at: Date.now(),
        };
        await this.records.write(held, record, { record: marked, before: record });
        return 'removed';
      });
    } catch (error) {
      return toParleyError(error).code;
    }
  }
}
