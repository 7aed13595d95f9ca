// Records of files in Redis.
import { Injectable } from '@nestjs/common';
import { digest, ParleyError } from '#contracts';
import { StateRedis } from '#redis';
import type { FileRecord } from './file-record.js';
import { WRITE_FILE } from './file-scripts.js';

export interface FileQuery {
  limit: number;
  order: 'asc' | 'desc';
  /** The `next` of the page before. */
  after?: string;
}

const NO_VERSION = 0;
const CURSOR = /^\d{14}\/[\w-]{1,64}$/;

@Injectable()
export class FileRecords {
  constructor(private readonly redis: StateRedis) {}

  async get(id: string): Promise<FileRecord | undefined> {
    return (await this.read([id]))[0];
  }

  /**
   * @param open UTC ms at which somebody should look after it; absent = no need
   * @returns what is noted now; undefined when somebody else changed it meanwhile
   */
  async write(
    before: FileRecord | undefined,
    after: Omit<FileRecord, 'version'>,
    open?: number,
  ): Promise<FileRecord | undefined> {
    const record = { ...after, version: (before?.version ?? NO_VERSION) + 1 };
    return (await this.send(before, record, open)) ? record : undefined;
  }

  /** @returns whether it was the last version */
  forget(record: FileRecord): Promise<boolean> {
    return this.send(record, undefined);
  }

  /** Its worker lives: nobody else needs to look before `open`. */
  async postpone(id: string, open: number): Promise<void> {
    await this.redis.attempt((client) => client.zadd(`${this.base}open`, 'XX', open, id));
  }

  /** @throws ParleyError `invalid_cursor` */
  async list(
    tenant: string,
    { limit, order, after }: FileQuery,
  ): Promise<{ items: FileRecord[]; next?: string }> {
    const key = `${this.base}all:${digest(tenant)}`;
    const items: FileRecord[] = [];
    let from = after === undefined ? undefined : readCursor(after);
    for (;;) {
      const wanted = limit + 1 - items.length;
      const entries = await this.entries(key, order, from, wanted);
      const records = await this.read(entries.map((entry) => entry.slice(entry.indexOf('/') + 1)));
      for (const record of records) if (record !== undefined) items.push(record);
      if (entries.length < wanted) return items.length > limit ? page(items, limit) : { items };
      if (items.length > limit) return page(items, limit);
      from = entries.at(-1);
    }
  }

  /** Those that somebody should have looked after by now. @param now UTC ms */
  async due(now: number, limit: number): Promise<FileRecord[]> {
    const ids = await this.redis.attempt((client) =>
      client.zrangebyscore(`${this.base}open`, '-inf', String(now), 'LIMIT', 0, limit),
    );
    const records = await this.read(ids);
    return records.filter((record) => record !== undefined);
  }

  /** All that somebody is at, or should be. */
  async open(): Promise<FileRecord[]> {
    return this.due(Number.MAX_SAFE_INTEGER, 10_000);
  }

  /** Everything, in no order. */
  async *all(): AsyncGenerator<FileRecord> {
    const start = `${this.base}r:`;
    for await (const keys of this.redis.scan(start))
      for (const record of await this.read(keys.map((key) => key.slice(start.length))))
        if (record !== undefined) yield record;
  }

  /** Which of these files at the provider are noted. */
  async known(fileIds: readonly string[]): Promise<Set<string>> {
    if (fileIds.length === 0) return new Set();
    const found = await this.redis.attempt((client) => client.hmget(`${this.base}remote`, ...fileIds));
    return new Set(fileIds.filter((_, n) => found[n] !== null));
  }

  /** @param user its key */
  async ofUser(user: string): Promise<FileRecord[]> {
    const ids = await this.redis.attempt((client) => client.zrange(`${this.base}o:${user}`, '0', '-1'));
    return (await this.read(ids)).filter((record) => record !== undefined);
  }

  private async send(
    before: FileRecord | undefined,
    after: FileRecord | undefined,
    open?: number,
  ): Promise<boolean> {
    const { id, tenant, created_at, user } = (after ?? before)!;
    const change = {
      listed: { list: digest(tenant), as: entryOf(created_at, id) },
      user: user === '' ? false : user,
      open: open ?? false,
      file: after?.file_id ?? false,
      gone: before?.file_id !== after?.file_id ? (before?.file_id ?? false) : false,
    };
    const text = after === undefined ? '' : JSON.stringify(after);
    const args = [id, before?.version ?? NO_VERSION, text, JSON.stringify(change)];
    return (await this.redis.run<number>(WRITE_FILE, [this.base], args)) === 1;
  }

  private async entries(
    key: string,
    order: 'asc' | 'desc',
    after: string | undefined,
    limit: number,
  ): Promise<string[]> {
    const from = after === undefined ? undefined : `(${after}`;
    return this.redis.attempt((client) =>
      order === 'asc'
        ? client.zrangebylex(key, from ?? '-', '+', 'LIMIT', 0, limit)
        : client.zrevrangebylex(key, from ?? '+', '-', 'LIMIT', 0, limit),
    );
  }

  private async read(ids: readonly string[]): Promise<(FileRecord | undefined)[]> {
    if (ids.length === 0) return [];
    const texts = await this.redis.attempt((client) =>
      client.mget(...ids.map((id) => `${this.base}r:${id}`)),
    );
    return texts.map((text) => (text === null ? undefined : (JSON.parse(text) as FileRecord)));
  }

  private get base(): string {
    return this.redis.keys.files;
  }
}

const entryOf = (createdAt: number, id: string): string => `${String(createdAt).padStart(14, '0')}/${id}`;

function page(items: FileRecord[], limit: number): { items: FileRecord[]; next: string } {
  const last = items[limit - 1]!;
  return {
    items: items.slice(0, limit),
    next: Buffer.from(entryOf(last.created_at, last.id)).toString('base64url'),
  };
}

function readCursor(text: string): string {
  const entry = Buffer.from(text, 'base64url').toString('latin1');
  if (!CURSOR.test(entry)) throw new ParleyError('invalid_cursor', 'unable to read cursor of files');
  return entry;
}
