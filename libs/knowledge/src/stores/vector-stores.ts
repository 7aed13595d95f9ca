// Vector stores that are made here: of uploaded files, with a time to live, followed until their files can be found, searched, and removed with what
// only they used.
import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { KnowledgeConfig } from '#config';
import { DEFAULT_TENANT, newId, ParleyError, toParleyError } from '#contracts';
import { OpenaiAccounts, VECTOR_STORE_LIMITS, type VectorStoreSearchParams } from '#openai';
import { Files } from '../files/files.js';
import { checkAttributes } from './check-attributes.js';
import { NamedStores } from './named-stores.js';
import { StoreFilling } from './store-filling.js';
import { MADE_HERE, type Attributes, type StoreFile, type StoreRecord } from './store-record.js';
import { StoreRecords } from './store-records.js';
import { StoreRemoval } from './store-removal.js';

export interface NewStore {
  tenant: string;
  name: string;
  /** Ids of uploaded files, of the same tenant and account. */
  files: readonly string[];
  profile?: string;
  ttl_days?: number;
  delete_files: boolean;
  attributes?: Attributes;
}

export interface StoreHit {
  /** Ours; undefined when the file was not uploaded here. */
  id: string | undefined;
  name: string;
  score: number;
  text: string;
  attributes: Attributes;
}

export interface StoreSearch {
  query: string;
  limit: number;
  filters?: VectorStoreSearchParams['filters'];
}

const CREATED_MS = 60_000;
const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

@Injectable()
export class VectorStores {
  private readonly logger = new Logger('VectorStores');

  constructor(
    private readonly records: StoreRecords,
    private readonly filling: StoreFilling,
    private readonly removal: StoreRemoval,
    private readonly named: NamedStores,
    private readonly files: Files,
    private readonly accounts: OpenaiAccounts,
    private readonly config: KnowledgeConfig,
  ) {}

  /**
   * The first files go in with the store, the others in the background. Where it fails nothing is left of it, and its files go too when they were to go with it.
   * @throws ParleyError `invalid_request`, `vector_store_failed`, `upstream_…`, `state_unavailable`
   */
  async create(wish: NewStore): Promise<StoreRecord> {
    const { tenant, name, profile = 'default', delete_files, attributes = {} } = wish;
    checkAttributes(attributes);
    const account = this.accounts.of({ profile });
    const files = await this.filesOf(wish, profile);
    const ttl_days = wish.ttl_days ?? this.config.storeTtlDays;
    const fresh = {
      id: newId('store'),
      vector_store_id: '',
      tenant,
      profile,
      name,
      ttl_days,
      delete_files,
      attributes,
      files,
    };
    const noted = (await this.records.write(
      undefined,
      { ...fresh, state: 'creating', created_at: Date.now(), handed_over: 0, completed: 0, failed: [] },
      Date.now() + CREATED_MS,
    ))!;
    try {
      // Attributes are given to files only where they are put in one by one or in a batch.
      const first = Object.keys(attributes).length > 0 ? [] : files.slice(0, VECTOR_STORE_LIMITS.files);
      const { id } = await account.vectorStores.create({
        name,
        expires_after: { anchor: 'last_active_at', days: ttl_days },
        metadata: { [MADE_HERE]: noted.id },
        ...(first.length > 0 && { file_ids: first.map(({ file_id }) => file_id) }),
      });
      const made = await this.records.write(
        noted,
        {
          ...noted,
          vector_store_id: id,
          state: 'indexing',
          since: Date.now(),
          ...(first.length > 0 && { batch: { id: '', files: first.length } }),
        },
        Date.now() + SECOND_MS,
      );
      if (made === undefined)
        throw new ParleyError('erased', 'unable to go on with the vector store; it was deleted');
      this.logger.log({ store: made.id, count: files.length }, 'vector store made');
      return made;
    } catch (error) {
      this.logger.warn({ store: noted.id, code: toParleyError(error).code }, 'vector store not made');
      await this.removal.remove(noted).catch(() => undefined);
      throw error;
    }
  }

  /** @returns undefined when the tenant has none of that id, ours or the provider's */
  async get(tenant: string, id: string): Promise<StoreRecord | undefined> {
    const record = await this.records.get(id);
    return record?.tenant === tenant ? record : undefined;
  }

  /** @throws ParleyError `invalid_cursor` */
  list(tenant: string, limit: number, after?: string): Promise<{ items: StoreRecord[]; next?: string }> {
    return this.records.page(tenant, limit, after);
  }

  /** Works at it until all its files are found or refused, or `ms` have passed. @returns what is noted then */
  async settled(record: StoreRecord, ms: number, seen?: (record: StoreRecord) => void): Promise<StoreRecord> {
    const end = Date.now() + ms;
    let last = record;
    while (last.state === 'indexing' && Date.now() < end) {
      // The store is there, and goes on in the background: the asker is told of it rather than of a look that failed.
      const next = await this.filling.step(last).then(
        async (after) => after ?? this.records.get(last.id),
        () => undefined,
      );
      if (next === undefined) return last;
      last = next;
      seen?.(last);
      if (last.state === 'indexing') await sleep(last.batch ? 300 : 0);
    }
    return last;
  }

  /** @returns whether all of it is gone; else it goes on in the background @throws ParleyError `state_unavailable` */
  delete(record: StoreRecord): Promise<boolean> {
    return this.removal.remove(record);
  }

  /** @throws ParleyError `vector_store_failed`, `upstream_…` */
  async search(record: StoreRecord, { query, limit, filters }: StoreSearch): Promise<StoreHit[]> {
    const { vectorStores } = this.accounts.of({ profile: record.profile });
    const body = { query, max_num_results: limit, ...(filters && { filters }) };
    const hits = await vectorStores.search(record.vector_store_id, body);
    const ours = new Map(record.files.map(({ id, file_id }) => [file_id, id]));
    return hits.map(({ file_id, filename, score, attributes, content }) => ({
      id: ours.get(file_id),
      name: filename,
      score,
      text: content.map(({ text }) => text).join('\n'),
      attributes: attributes ?? {},
    }));
  }

  /** What nobody goes on with: files to put in, removals to try again, stores whose maker died. */
  async upkeep(now: number): Promise<{ looked: number }> {
    const due = await this.records.due(now, 50);
    for (const record of due)
      try {
        if (record.state === 'indexing') await this.filling.step(record);
        else await this.removal.remove(record);
      } catch (error) {
        this.logger.warn(
          { store: record.id, code: toParleyError(error).code },
          'vector store not looked after',
        );
      }
    return { looked: due.length };
  }

  /**
   * Removes the stores that were not used for their time, with the files that only they used; the provider's own expiry leaves those. Stores that the
   * configuration, a save or an assistant names stay, whatever their age.
   */
  async expire(now: number): Promise<{ expired: string[] }> {
    const all = await this.records.all();
    const named = await this.named.all(new Set([DEFAULT_TENANT, ...all.map(({ tenant }) => tenant)]));
    const expired: string[] = [];
    for (const record of all) {
      if (record.state === 'deleting' || record.state === 'creating' || named.has(record.vector_store_id))
        continue;
      try {
        if (!(await this.isExpired(record, now))) continue;
        await this.removal.remove(record);
        expired.push(record.id);
      } catch (error) {
        this.logger.warn({ store: record.id, code: toParleyError(error).code }, 'vector store not looked at');
      }
    }
    if (expired.length > 0) this.logger.log({ count: expired.length }, 'vector stores expired');
    return { expired };
  }

  private async isExpired(record: StoreRecord, now: number): Promise<boolean> {
    const store = await this.accounts
      .of({ profile: record.profile })
      .vectorStores.get(record.vector_store_id);
    if (store === undefined || store.status === 'expired') return true;
    const used = (store.last_active_at ?? store.created_at) * 1_000;
    return now - used > record.ttl_days * DAY_MS;
  }

  private async filesOf({ tenant, files }: NewStore, profile: string): Promise<StoreFile[]> {
    const found: StoreFile[] = [];
    const faults: string[] = [];
    for (const [i, id] of [...new Set(files)].entries()) {
      const file = await this.files.get(tenant, id);
      if (file?.file_id === undefined || file.state !== 'ready')
        faults.push(`file_ids[${i}] is not a file that is ready`);
      else if (file.profile !== profile) faults.push(`file_ids[${i}] is with another account`);
      else found.push({ id, file_id: file.file_id });
    }
    if (faults.length > 0)
      throw new ParleyError('invalid_request', 'unable to make vector store; not all files are there', {
        details: faults.slice(0, 20),
      });
    return found;
  }
}
