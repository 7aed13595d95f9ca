// The files of a store, one by one: what the index says of each, by what a search is narrowed to it, and out of the store again.
import { Injectable, Logger } from '@nestjs/common';
import { ParleyError } from '#contracts';
import { OpenaiAccounts, type VectorStoreFile } from '#openai';
import { Files } from '../files/files.js';
import { checkAttributes } from './check-attributes.js';
import { reasonOf } from './index-fault.js';
import type { Attributes, StoreFile, StoreRecord } from './store-record.js';
import { StoreRecords } from './store-records.js';

/** In the provider's words; a file that it has not been handed yet is in progress, too. */
export const INDEX_STATES = ['in_progress', 'completed', 'failed', 'cancelled'] as const;
export type IndexedState = (typeof INDEX_STATES)[number];

export interface StoredFile {
  /** Ours, of the uploaded file. */
  id: string;
  /** Undefined when the upload is gone. */
  name: string | undefined;
  status: IndexedState;
  attributes: Attributes;
  /** What its index takes. */
  bytes: number;
  /** Why it cannot be found, in the provider's words, cleaned. */
  reason?: string;
}

export interface StoredFileQuery {
  limit: number;
  status?: IndexedState;
  /** Id of the last one seen. */
  after?: string;
}

/** What became of the upload when its file left a store. */
export type UploadOutcome = 'kept' | 'removed' | 'removing';

/** Every method throws ParleyError `vector_store_failed`, `upstream_…`, `state_unavailable`; what somebody else put into the store is not seen. */
@Injectable()
export class StoredFiles {
  private readonly logger = new Logger('VectorStores');

  constructor(
    private readonly records: StoreRecords,
    private readonly files: Files,
    private readonly accounts: OpenaiAccounts,
  ) {}

  /** As they were put in. @throws ParleyError `invalid_cursor` */
  async list(
    record: StoreRecord,
    { limit, status, after }: StoredFileQuery,
  ): Promise<{ items: StoredFile[]; next?: string }> {
    const start = after === undefined ? undefined : record.files.find(({ id }) => id === after);
    if (after !== undefined && start === undefined)
      throw new ParleyError('invalid_cursor', 'unable to list files of the store; it has no such file');
    const found: StoredFile[] = [];
    for await (const one of this.walk(record, status, start)) if (found.push(one) > limit) break;
    const items = await Promise.all(found.slice(0, limit).map((one) => this.named(record, one)));
    return { items, ...(found.length > limit && { next: items.at(-1)!.id }) };
  }

  /** @param id ours @returns undefined when the store has no such file */
  async get(record: StoreRecord, id: string): Promise<StoredFile | undefined> {
    const file = record.files.find((one) => one.id === id);
    if (file === undefined) return undefined;
    if (waitingOf(record).includes(file)) return this.named(record, waiting(record, file));
    const seen = await this.clientOf(record).file(record.vector_store_id, file.file_id);
    return seen && this.named(record, toStored(id, seen));
  }

  /**
   * @param attributes instead of those that it has
   * @returns undefined when the store has no such file
   * @throws ParleyError `invalid_request`; `busy` before it is in the store
   */
  async setAttributes(
    record: StoreRecord,
    id: string,
    attributes: Attributes,
  ): Promise<StoredFile | undefined> {
    checkAttributes(attributes);
    const file = record.files.find((one) => one.id === id);
    if (file === undefined) return undefined;
    if (waitingOf(record).includes(file)) throw filling();
    const seen = await this.clientOf(record).setAttributes(record.vector_store_id, file.file_id, attributes);
    return seen && this.named(record, toStored(id, seen));
  }

  /**
   * Takes it out of the store; where it is cut off, the same again goes on.
   * @param upload whether the upload goes too, unless another store here uses it
   * @returns undefined when the store has no such file
   * @throws ParleyError `busy` while the store is filled, `version_conflict`
   */
  async remove(record: StoreRecord, id: string, upload: boolean): Promise<UploadOutcome | undefined> {
    const file = record.files.find((one) => one.id === id);
    if (file === undefined) return undefined;
    if (record.state !== 'ready') throw filling();
    const client = this.clientOf(record);
    const seen = await client.file(record.vector_store_id, file.file_id);
    await client.detach(record.vector_store_id, file.file_id);
    const failed = record.failed.filter((one) => one.id !== id);
    // Where an earlier try had it out already, the record says what it was.
    const status = seen?.status ?? (failed.length < record.failed.length ? 'failed' : 'completed');
    const after = {
      ...record,
      files: record.files.filter((one) => one !== file),
      handed_over: record.handed_over - 1,
      completed: Math.max(0, record.completed - (status === 'completed' ? 1 : 0)),
      failed,
    };
    if ((await this.records.write(record, after)) === undefined)
      throw new ParleyError(
        'version_conflict',
        'unable to take file out of the store; it was changed meanwhile',
      );
    this.logger.log({ store: record.id, file_id: id }, 'file taken out of vector store');
    return upload ? this.removeUpload(record.tenant, id) : 'kept';
  }

  private async removeUpload(tenant: string, id: string): Promise<UploadOutcome> {
    if ((await this.records.uses(id)) > 0) return 'kept';
    const upload = await this.files.get(tenant, id);
    return upload === undefined || (await this.files.delete(upload)) ? 'removed' : 'removing';
  }

  private async *walk(
    record: StoreRecord,
    status: IndexedState | undefined,
    start: StoreFile | undefined,
  ): AsyncGenerator<StoredFile> {
    const ours = new Map(record.files.map(({ id, file_id }) => [file_id, id]));
    const last = waitingOf(record);
    const from = start === undefined ? -1 : last.indexOf(start);
    if (record.vector_store_id !== '' && from === -1) {
      const query = {
        order: 'asc',
        ...(status && { filter: status }),
        ...(start && { after: start.file_id }),
      } as const;
      for await (const seen of this.clientOf(record).files(record.vector_store_id, query)) {
        const id = ours.get(seen.id);
        if (id !== undefined) yield toStored(id, seen);
      }
    }
    if (status === undefined || status === 'in_progress')
      for (const file of last.slice(from + 1)) yield waiting(record, file);
  }

  private async named(record: StoreRecord, one: StoredFile): Promise<StoredFile> {
    return { ...one, name: (await this.files.get(record.tenant, one.id))?.name };
  }

  private clientOf({ profile }: StoreRecord) {
    return this.accounts.of({ profile }).vectorStores;
  }
}

/** Those that the provider was not handed yet. */
const waitingOf = ({ state, files, handed_over, batch }: StoreRecord): StoreFile[] =>
  state === 'ready' ? [] : files.slice(handed_over + (batch?.files ?? 0));

const waiting = ({ attributes }: StoreRecord, { id }: StoreFile): StoredFile => ({
  id,
  name: undefined,
  status: 'in_progress',
  attributes,
  bytes: 0,
});

const toStored = (
  id: string,
  { status, attributes, usage_bytes, last_error }: VectorStoreFile,
): StoredFile => ({
  id,
  name: undefined,
  status,
  attributes: attributes ?? {},
  bytes: usage_bytes,
  ...(last_error && { reason: reasonOf(last_error) }),
});

const filling = (): ParleyError =>
  new ParleyError('busy', 'unable to change file of the store; it is being filled', { retryAfterMs: 2_000 });
