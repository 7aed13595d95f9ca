// Files that people upload: kept here as they came, and given to the provider, whose id for it stays inside. Either both copies come to be or
// none; what a failure leaves is taken away again.
import { Injectable, Logger } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { KnowledgeConfig } from '#config';
import { newId, ParleyError, type ErrorCode, toParleyError, userKey, userName } from '#contracts';
import { OpenaiAccounts } from '#openai';
import { Metrics } from '#telemetry';
import { ObjectStore } from '../objects/object-store.js';
import { FILE_KINDS, ofKind, readFileName } from './file-kinds.js';
import { placeOf, type FileRecord, type UploadPurpose } from './file-record.js';
import { FileRecords, type FileQuery } from './file-records.js';
import { FileRemoval } from './file-removal.js';

export interface NewFile {
  tenant: string;
  /** Whose it is; '' = nobody's in particular. */
  user: string;
  name: string | undefined;
  purpose: UploadPurpose;
  profile: string;
  expires_after_seconds?: number;
  body: AsyncIterable<Uint8Array>;
  signal?: AbortSignal;
}

/** How long nobody looks after an upload that gives no sign of life. */
const LEASE_MS = 20_000;
const BEAT_MS = 4_000;
/** Nothing came to be at the provider. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'upstream_authentication',
  'upstream_account',
  'upstream_rate_limited',
]);

@Injectable()
export class Files {
  private readonly logger = new Logger('Files');

  constructor(
    private readonly records: FileRecords,
    private readonly removal: FileRemoval,
    private readonly objects: ObjectStore,
    private readonly accounts: OpenaiAccounts,
    private readonly config: KnowledgeConfig,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Resolves when the bytes are kept here; `uploaded` when the provider has them too. Each fails by itself, and leaves nothing.
   * @throws ParleyError `invalid_request`, `unsupported_media_type`, `too_large`, `storage_unavailable`, `upstream_account`, `state_unavailable`
   */
  async receive(wish: NewFile): Promise<{ record: FileRecord; uploaded: Promise<FileRecord> }> {
    const { tenant, purpose, profile, body, signal } = wish;
    const { name, kind } = readFileName(wish.name);
    this.accounts.of({ profile });
    const user = userKey(tenant, userName(wish.user));
    const fresh = { id: newId('file'), tenant, user, name, kind, purpose, profile, created_at: Date.now() };
    const noted = await this.note(undefined, { ...fresh, state: 'receiving' });
    const stop = this.keepAlive(noted.id);
    let last = noted;
    try {
      const kept = await this.objects.put(placeOf(noted), ofKind(kind, body), {
        maxBytes: Math.min(this.config.uploadMaxBytes, this.config.maxFileBytes),
        ...(signal && { signal }),
      });
      last = await this.note(noted, { ...noted, ...kept, state: 'uploading', lost_since: Date.now() });
      this.logger.log({ file_id: last.id, bytes: kept.bytes, kind }, 'file received');
    } catch (error) {
      await this.fail(last, error, stop);
      throw error;
    }
    const uploaded = this.upload(last, wish.expires_after_seconds).catch(async (error: unknown) => {
      await this.fail(last, error, stop);
      throw error;
    });
    uploaded.then(stop, () => undefined);
    return { record: last, uploaded };
  }

  /** @returns undefined when the tenant has none of that id */
  async get(tenant: string, id: string): Promise<FileRecord | undefined> {
    const record = await this.records.get(id);
    return record?.tenant === tenant ? record : undefined;
  }

  /** @throws ParleyError `invalid_cursor` */
  list(tenant: string, query: FileQuery): Promise<{ items: FileRecord[]; next?: string }> {
    return this.records.list(tenant, query);
  }

  /** @throws ParleyError `not_found` when its bytes are not, or no more, here */
  async content(record: FileRecord): Promise<{ bytes: number; body: Readable }> {
    if (record.hash === undefined || record.state === 'deleting')
      throw new ParleyError('not_found', 'unable to open file; it is not kept');
    return this.objects.open(placeOf(record), record.hash);
  }

  /** @returns whether all of it is gone; else it goes on in the background @throws ParleyError `state_unavailable` */
  delete(record: FileRecord): Promise<boolean> {
    return this.removal.remove(record);
  }

  /** Of a user, by name. */
  ofUser(tenant: string, name: string): Promise<FileRecord[]> {
    return this.records.ofUser(userKey(tenant, userName(name)));
  }

  private async upload(record: FileRecord, expires_after_seconds?: number): Promise<FileRecord> {
    const { name, kind, purpose, profile, hash } = record;
    const begun = Date.now();
    const objects = this.objects;
    const place = placeOf(record);
    const { file, repeated } = await this.accounts.of({ profile }).files.upload({
      name,
      type: FILE_KINDS[kind].type,
      purpose,
      body: async function* () {
        yield* (await objects.open(place, hash!)).body;
      },
      ...(expires_after_seconds !== undefined && { expires_after_seconds }),
    });
    const { lost_since, ...rest } = record;
    const ready = await this.records.write(record, { ...rest, state: 'ready', file_id: file.id });
    // It was deleted while it was on its way.
    if (ready === undefined) await this.accounts.of({ profile }).files.delete(file.id);
    if (ready === undefined) throw new ParleyError('erased', 'unable to go on with the file; it was deleted');
    if (repeated) await this.lookForTwins(ready, lost_since ?? begun);
    this.metrics.fileUploads.inc({ outcome: 'done' });
    this.logger.log({ file_id: ready.id, bytes: ready.bytes, ms: Date.now() - begun }, 'file uploaded');
    return ready;
  }

  /** An earlier try may have left a file whose id was lost: the removal of a record without a file looks for it. */
  private async lookForTwins(
    { file_id: _own, version: _v, ...record }: FileRecord,
    since: number,
  ): Promise<void> {
    const twin = { ...record, id: newId('file'), user: '', state: 'deleting', lost_since: since } as const;
    await this.records.write(undefined, twin, Date.now());
  }

  private async note(
    before: FileRecord | undefined,
    after: Omit<FileRecord, 'version'>,
  ): Promise<FileRecord> {
    const noted = await this.records.write(before, after, Date.now() + LEASE_MS);
    if (noted === undefined) throw new ParleyError('erased', 'unable to go on with the file; it was deleted');
    return noted;
  }

  private keepAlive(id: string): () => void {
    const beat = (): void => void this.records.postpone(id, Date.now() + LEASE_MS).catch(() => undefined);
    const beats = setInterval(beat, BEAT_MS);
    return () => clearInterval(beats);
  }

  /** What cannot be taken away now is left to the next look at what nobody is at. */
  private async fail(record: FileRecord, error: unknown, stop: () => void): Promise<void> {
    stop();
    const { code } = toParleyError(error);
    this.metrics.fileUploads.inc({ outcome: code });
    this.logger.warn({ file_id: record.id, code, state: record.state }, 'file not taken');
    const { lost_since: _since, ...clean } = record;
    await this.removal.remove(REFUSALS.has(code) ? clean : record).catch(() => undefined);
  }
}
