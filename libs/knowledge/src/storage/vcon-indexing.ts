// Follows what a vector store makes of a file, look by look, until it is searchable or has failed; and looks after saves that nobody ended.
import { Injectable, Logger } from '@nestjs/common';
import { VconConfig } from '#config';
import { JobQueue } from '#jobs';
import { toFault } from './to-fault.js';
import { VconLock, type Held } from './vcon-lock.js';
import type { Fault, VconRecord, VconRef, VconState } from './vcon-record.js';
import { VconRecords } from './vcon-records.js';
import { VconAccounts } from './vcon-accounts.js';
import { VconSaving } from './vcon-saving.js';

const FIRST_MS = 200;
const LAST_MS = 5_000;
/** Should a look be lost with its job. */
const SPARE_MS = 10_000;
const WAIT_MS = 5_000;
const AT_A_TIME = 100;

@Injectable()
export class VconIndexing {
  private readonly logger = new Logger('VconStorage');

  constructor(
    private readonly records: VconRecords,
    private readonly lock: VconLock,
    private readonly accounts: VconAccounts,
    private readonly saving: VconSaving,
    private readonly jobs: JobQueue,
    private readonly config: VconConfig,
  ) {}

  /** Asks for the next look; a job that is lost is made up for by the upkeep. */
  async follow({ tenant, profile, uuid }: VconRef, look = 0): Promise<void> {
    const delayMs = Math.min(LAST_MS, FIRST_MS * 2 ** Math.min(look, 10));
    await this.jobs.add('vcon-index', { tenant, profile, uuid, look }, { delayMs }).catch(() => undefined);
  }

  /** One look. @returns the state now; undefined when there is no such vCon */
  async look(ref: VconRef, look: number): Promise<VconState | undefined> {
    const state = await this.lock.during(ref.uuid, WAIT_MS, async (held) => {
      const record = await this.records.get(ref);
      if (record?.state !== 'indexing' || record.file?.vector_store_id === undefined) return record?.state;
      return this.settle(held, record, look);
    });
    if (state === 'indexing') await this.follow(ref, look + 1);
    return state;
  }

  /** Whatever should have ended by now: an index that is not looked at any more, a save that was cut off. */
  async upkeep(now: number): Promise<{ overdue: number }> {
    const due = await this.records.due(now, AT_A_TIME);
    for (const { tenant, profile, uuid, state, attempt } of due) {
      const ref = { tenant, profile, uuid };
      if (attempt === undefined && state === 'indexing') await this.look(ref, 10).catch(unlessBusy);
      else await this.lock.during(uuid, 0, (held) => this.recover(held, ref)).catch(unlessBusy);
    }
    return { overdue: due.length };
  }

  private async recover(held: Held, ref: VconRef): Promise<void> {
    const record = await this.records.get(ref);
    if (record?.attempt !== undefined) await this.saving.abandon(held, record, { code: 'interrupted' }, true);
  }

  private async settle(held: Held, record: VconRecord, look: number): Promise<VconState> {
    const { file, indexing_since = record.changed_at, uuid: vcon, profile } = record;
    const fields = { vcon, profile, file_id: file!.file_id, vector_store_id: file!.vector_store_id };
    const late = Date.now() - indexing_since > this.config.indexSeconds * 1_000;
    let fault: Fault | undefined;
    let state: VconState = 'indexing';
    try {
      const remote = this.accounts.noted(record.account);
      const index = await remote.indexState(file!.vector_store_id!, file!.file_id);
      if (index === undefined) fault = { code: 'remote_missing' };
      else if (index.status === 'completed') state = 'ready';
      else if (index.status !== 'in_progress')
        fault = { code: 'vector_store_failed', ...(index.detail && { detail: index.detail }) };
      else if (late) fault = { code: 'index_timeout' };
    } catch (error) {
      if (late) fault = toFault(error);
      else
        this.logger.warn(
          { ...fields, code: toFault(error).code },
          'the index could not be asked; asking again',
        );
    }
    if (fault !== undefined) state = 'index_failed';
    const { indexing_since: _since, ...rest } = record;
    const now = Date.now();
    await this.records.write(held, record, {
      record:
        state === 'indexing'
          ? record
          : { ...rest, state, changed_at: now, ...(fault !== undefined && { fault }) },
      before: record,
      ...(state === 'indexing' && { open: now + SPARE_MS + Math.min(LAST_MS, FIRST_MS * 2 ** look) }),
    });
    if (state !== 'indexing')
      this.logger.log({ ...fields, state, ms: now - indexing_since, code: fault?.code }, 'indexing ended');
    return state;
  }
}

function unlessBusy(error: unknown): void {
  if ((error as { code?: string }).code !== 'busy') throw error;
}
