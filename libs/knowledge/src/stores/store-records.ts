// Records of vector stores in Redis, and which of them use a file.
import { Injectable } from '@nestjs/common';
import { digest, ParleyError } from '#contracts';
import { defineScript, StateRedis } from '#redis';
import type { StoreFile, StoreRecord } from './store-record.js';

/**
 * KEYS base; ARGV id, version that must stand there, text of the record ('' removes it), digest of the tenant, ms of its creation, ms at which somebody looks after
 * it ('' = nobody needs to), how many ids follow of files that it uses no more, those, ids of the files that it uses… → 1, or 0 when another version stands
 * there
 */
const WRITE_STORE = defineScript(
  'store_write',
  `
local base, id, text = KEYS[1], ARGV[1], ARGV[3]
local key = base .. 'r:' .. id
local there = redis.call('GET', key)
if there ~= text and not (text == '' and not there) then
  local version = there and cjson.decode(there).version or 0
  if version ~= tonumber(ARGV[2]) then return 0 end
end
local all = base .. 'all:' .. ARGV[4]
if text == '' then
  redis.call('DEL', key)
  redis.call('ZREM', all, id)
else
  redis.call('SET', key, text)
  redis.call('ZADD', all, ARGV[5], id)
end
local gone = 7 + tonumber(ARGV[7])
for i = 8, #ARGV do
  redis.call((text == '' or i <= gone) and 'SREM' or 'SADD', base .. 'uses:' .. ARGV[i], id)
end
if ARGV[6] == '' then redis.call('ZREM', base .. 'open', id) else redis.call('ZADD', base .. 'open', ARGV[6], id) end
redis.call(text == '' and 'SREM' or 'SADD', base .. 'ids', id)
return 1
`,
);

@Injectable()
export class StoreRecords {
  constructor(private readonly redis: StateRedis) {}

  async get(id: string): Promise<StoreRecord | undefined> {
    const text = await this.redis.attempt((client) => client.get(`${this.base}r:${id}`));
    return text === null ? undefined : (JSON.parse(text) as StoreRecord);
  }

  /**
   * @param open UTC ms at which somebody should look after it; absent = no need
   * @returns what is noted now; undefined when somebody else changed it meanwhile
   */
  async write(
    before: StoreRecord | undefined,
    after: Omit<StoreRecord, 'version'>,
    open?: number,
  ): Promise<StoreRecord | undefined> {
    const record = { ...after, version: (before?.version ?? 0) + 1 };
    return (await this.send(before, record, open)) ? record : undefined;
  }

  /** @returns whether it was the last version */
  forget(record: StoreRecord): Promise<boolean> {
    return this.send(record, undefined);
  }

  /** Newest first. @param after id of the last one seen @throws ParleyError `invalid_cursor` */
  async page(
    tenant: string,
    limit: number,
    after?: string,
  ): Promise<{ items: StoreRecord[]; next?: string }> {
    const key = `${this.base}all:${digest(tenant)}`;
    let from = 0;
    if (after !== undefined) {
      const rank = await this.redis.attempt((client) => client.zrevrank(key, after));
      if (rank === null)
        throw new ParleyError('invalid_cursor', 'unable to list vector stores; no such store');
      from = rank + 1;
    }
    const ids = await this.redis.attempt((client) => client.zrevrange(key, from, from + limit));
    const records = await this.read(ids.slice(0, limit));
    return { items: records, ...(ids.length > limit && { next: ids[limit - 1]! }) };
  }

  /** Those that somebody should have looked after by now. @param now UTC ms */
  async due(now: number, limit: number): Promise<StoreRecord[]> {
    return this.read(
      await this.redis.attempt((client) =>
        client.zrangebyscore(`${this.base}open`, '-inf', String(now), 'LIMIT', 0, limit),
      ),
    );
  }

  async all(): Promise<StoreRecord[]> {
    return this.read(await this.redis.attempt((client) => client.smembers(`${this.base}ids`)));
  }

  /** How many stores here have this file. @param id ours */
  uses(id: string): Promise<number> {
    return this.redis.attempt((client) => client.scard(`${this.base}uses:${id}`));
  }

  private async send(
    before: StoreRecord | undefined,
    after: StoreRecord | undefined,
    open?: number,
  ): Promise<boolean> {
    const { id, tenant, created_at, files } = (after ?? before)!;
    const text = after === undefined ? '' : JSON.stringify(after);
    // What a store uses is said when it is made and when it goes, and what has left it.
    const uses = before === undefined || after === undefined ? files.map((file) => file.id) : [];
    const gone = before && after ? without(before.files, after.files) : [];
    const said = [gone.length, ...gone, ...uses];
    const args = [id, before?.version ?? 0, text, digest(tenant), created_at, open ?? '', ...said];
    return (await this.redis.run<number>(WRITE_STORE, [this.base], args)) === 1;
  }

  private async read(ids: readonly string[]): Promise<StoreRecord[]> {
    if (ids.length === 0) return [];
    const keys = ids.map((id) => `${this.base}r:${id}`);
    const texts = await this.redis.attempt((client) => client.mget(...keys));
    return texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as StoreRecord]));
  }

  private get base(): string {
    return this.redis.keys.stores;
  }
}

/** Ids of those that are no more there; files only leave. */
function without(before: readonly StoreFile[], after: readonly StoreFile[]): string[] {
  if (before.length === after.length) return [];
  const left = new Set(after.map(({ id }) => id));
  return before.flatMap(({ id }) => (left.has(id) ? [] : [id]));
}
