// Puts the files of a store into it, so many at a time, and follows the index until it is done with them. One step a call: whoever comes next goes on
// where the record says.
import { Injectable, Logger } from '@nestjs/common';
import {
  INDEXING_MS,
  OpenaiAccounts,
  VECTOR_STORE_LIMITS,
  type Account,
  type VectorStoreFileBatch,
} from '#openai';
import { reasonOf } from './index-fault.js';
import type { FailedFile, StoreRecord } from './store-record.js';
import { StoreRecords } from './store-records.js';

/** A step that is begun is everybody's after this, should its process die. */
const BEGUN_MS = 45_000;
const LOOK_MS = 2_000;

/** What both the store and a batch say. */
type Seen = Pick<VectorStoreFileBatch, 'id' | 'status'> & {
  file_counts: Omit<VectorStoreFileBatch['file_counts'], 'total'>;
};

@Injectable()
export class StoreFilling {
  private readonly logger = new Logger('VectorStores');

  constructor(
    private readonly records: StoreRecords,
    private readonly accounts: OpenaiAccounts,
  ) {}

  /** @returns the record after the step; undefined when somebody else is at it @throws what the provider's clients throw */
  async step(record: StoreRecord): Promise<StoreRecord | undefined> {
    if (record.state !== 'indexing') return record;
    const begun = await this.records.write(record, record, Date.now() + BEGUN_MS);
    if (begun === undefined) return undefined;
    const account = this.accounts.of({ profile: record.profile });
    return begun.batch ? this.look(begun, account) : this.handOver(begun, account);
  }

  private async handOver(record: StoreRecord, { vectorStores }: Account): Promise<StoreRecord | undefined> {
    const files = record.files.slice(record.handed_over, record.handed_over + VECTOR_STORE_LIMITS.files);
    if (files.length === 0) return this.done(record);
    const { attributes } = record;
    const more = Object.keys(attributes).length > 0 ? { attributes } : {};
    const { id } = await vectorStores.attachAll(
      record.vector_store_id,
      files.map(({ file_id }) => ({ file_id, ...more })),
    );
    const handed = { ...record, batch: { id, files: files.length }, since: Date.now() };
    return this.records.write(record, handed, Date.now() + LOOK_MS);
  }

  private async look(record: StoreRecord, account: Account): Promise<StoreRecord | undefined> {
    const { vector_store_id, batch, since = 0 } = record;
    const seen = await this.seen(vector_store_id, batch!.id, account);
    if (seen === undefined) return this.lost(record);
    const late = Date.now() - since > INDEXING_MS;
    if (seen.status === 'in_progress' && !late)
      return this.records.write(record, record, Date.now() + LOOK_MS);
    const failed = late && seen.status === 'in_progress' ? [] : await this.failedOf(record, seen, account);
    const { batch: _ended, since: _since, ...rest } = record;
    const after = {
      ...rest,
      handed_over: record.handed_over + batch!.files,
      completed: record.completed + seen.file_counts.completed,
      failed: [...record.failed, ...failed, ...(late ? this.unfinished(seen) : [])],
    };
    if (late)
      this.logger.warn({ store: record.id, count: seen.file_counts.in_progress }, 'the index takes too long');
    if (after.handed_over < after.files.length) return this.records.write(record, after, Date.now());
    return this.done(record, after);
  }

  /** @returns undefined when the store, or the batch, is not there any more */
  private async seen(store: string, batch: string, { vectorStores }: Account): Promise<Seen | undefined> {
    if (batch !== '') return vectorStores.batch(store, batch);
    const file_counts = (await vectorStores.get(store))?.file_counts;
    if (file_counts === undefined) return undefined;
    return { id: '', status: file_counts.in_progress > 0 ? 'in_progress' : 'completed', file_counts };
  }

  private async done(
    before: StoreRecord,
    after: Omit<StoreRecord, 'version'> = before,
  ): Promise<StoreRecord | undefined> {
    const ready = await this.records.write(before, { ...after, state: 'ready' });
    if (ready)
      this.logger.log(
        { store: ready.id, completed: ready.completed, failed: ready.failed.length },
        'vector store ready',
      );
    return ready;
  }

  /** Somebody has deleted it at the provider: nothing of it can be found, and nothing more is put in. */
  private lost(record: StoreRecord): Promise<StoreRecord | undefined> {
    const { batch: _batch, since: _since, ...rest } = record;
    const failed = [...record.failed, { id: '', reason: 'the vector store is not there any more' }];
    return this.done(record, { ...rest, completed: 0, failed });
  }

  private async failedOf(record: StoreRecord, batch: Seen, { vectorStores }: Account): Promise<FailedFile[]> {
    if (batch.file_counts.failed + batch.file_counts.cancelled === 0) return [];
    const ours = new Map(record.files.map(({ id, file_id }) => [file_id, id]));
    const failed: FailedFile[] = [];
    const { vector_store_id } = record;
    const files =
      batch.id === ''
        ? vectorStores.files(vector_store_id)
        : vectorStores.failedOf(vector_store_id, batch.id);
    for await (const { id, status, last_error } of files)
      if (status === 'failed')
        failed.push({
          id: ours.get(id) ?? id,
          reason: reasonOf(last_error),
        });
    return failed;
  }

  private unfinished({ file_counts }: Seen): FailedFile[] {
    return file_counts.in_progress === 0
      ? []
      : [
          {
            id: '',
            reason: `${file_counts.in_progress} files were not indexed in time; they may be found later`,
          },
        ];
  }
}
