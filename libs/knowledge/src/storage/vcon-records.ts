// Records of vCons in Redis: read by anybody, written under the lock of their uuid.
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { digest, ParleyError } from '#contracts';
import { StateRedis } from '#redis';
import type { Removal } from './removal.js';
import type { Held } from './vcon-lock.js';
import { memberOf, type VconRecord, type VconRef, type VconState } from './vcon-record.js';
import { WRITE } from './vcon-scripts.js';

export interface RecordChange {
  /** What is noted from now on; undefined removes it. */
  record: VconRecord | undefined;
  /** As it was noted before. */
  before?: VconRecord | undefined;
  /** UTC ms at which somebody should look after it; absent = no need. */
  open?: number;
  removals?: readonly { removal: Removal; due: number }[];
}

export interface ListQuery {
  limit: number;
  order: 'asc' | 'desc';
  after?: string;
  profile?: string;
  state?: VconState;
}

/** How many records are looked at for one page of a filtered list. */
const MOST_LOOKED_AT = 2_000;
const CHUNK = 200;

@Injectable()
export class VconRecords {
  private secret: Promise<string> | undefined;

  constructor(private readonly redis: StateRedis) {}

  async get(ref: VconRef): Promise<VconRecord | undefined> {
    return (await this.read([memberOf(ref)]))[0];
  }

  /** @throws ParleyError `busy` when the lock has passed to another, who goes on with what is noted */
  async write(
    held: Held,
    ref: VconRef,
    { record, before, open, removals = [] }: RecordChange,
  ): Promise<void> {
    const ids = (one: VconRecord | undefined): string[] =>
      [one?.file?.file_id, one?.attempt?.file_id].filter((id) => id !== undefined);
    const saved_at = (record ?? before)?.saved_at;
    const change = {
      record: record === undefined ? false : JSON.stringify(record),
      ...(saved_at !== undefined && {
        listed: { list: digest(ref.tenant), as: listed(saved_at, memberOf(ref)) },
      }),
      open: open ?? false,
      owners: record?.owners ?? [],
      left: (before?.owners ?? []).filter((owner) => !record?.owners.includes(owner)),
      file: ids(record),
      gone: ids(before).filter((id) => !ids(record).includes(id)),
      removals: removals.map(({ removal, due }) => ({ id: removal.id, text: JSON.stringify(removal), due })),
    };
    const args = [held.uuid, held.token, memberOf(ref), JSON.stringify(change)];
    if ((await this.redis.run<number>(WRITE, [this.redis.keys.vcons], args)) !== 1)
      throw new ParleyError('busy', 'unable to note the vCon; the lock was lost');
  }

  /** @throws ParleyError `invalid_cursor` */
  async list(tenant: string, query: ListQuery): Promise<{ items: VconRecord[]; next?: string }> {
    const key = `${this.redis.keys.vcons}all:${digest(tenant)}`;
    const items: VconRecord[] = [];
    let after = query.after === undefined ? undefined : readCursor(query.after);
    for (let looked = 0; looked < MOST_LOOKED_AT;) {
      const entries = await this.entries(key, query.order, after);
      const records = await this.read(entries.map(memberIn));
      for (const [i, entry] of entries.entries()) {
        const record = records[i];
        if (record !== undefined && matches(record, query)) {
          if (items.length === query.limit) return { items, next: toCursor(after!) };
          items.push(record);
        }
        after = entry;
      }
      looked += entries.length;
      if (entries.length < CHUNK) return { items };
    }
    return { items, ...(after !== undefined && { next: toCursor(after) }) };
  }

  /** Those that somebody should have looked after by now. @param now UTC ms */
  async due(now: number, limit: number): Promise<VconRecord[]> {
    const key = `${this.redis.keys.vcons}open`;
    const members = await this.redis.attempt((client) =>
      client.zrangebyscore(key, '-inf', now, 'LIMIT', 0, limit),
    );
    return (await this.read(members)).filter((record) => record !== undefined);
  }

  /** Which of these files are noted, as live or on their way. */
  async known(fileIds: readonly string[]): Promise<Set<string>> {
    if (fileIds.length === 0) return new Set();
    const found = await this.redis.attempt((client) =>
      client.hmget(`${this.redis.keys.vcons}files`, ...fileIds),
    );
    return new Set(fileIds.filter((_, i) => found[i] !== null));
  }

  /** The vCons that those files are of; a file that nothing is noted of has none. */
  async ofFiles(fileIds: readonly string[]): Promise<Map<string, VconRecord>> {
    if (fileIds.length === 0) return new Map();
    const members = await this.redis.attempt((client) =>
      client.hmget(`${this.redis.keys.vcons}files`, ...fileIds),
    );
    const records = await this.read(members.map((member) => member ?? ''));
    return new Map(fileIds.flatMap((id, i) => (records[i] === undefined ? [] : [[id, records[i]] as const])));
  }

  /** All that stand in any of the lists. */
  async ofOwners(lists: readonly string[]): Promise<VconRecord[]> {
    const base = this.redis.keys.vcons;
    const members = new Set<string>();
    for (const list of lists)
      for (const member of await this.redis.attempt((client) =>
        client.zrangebyscore(`${base}o:${list}`, '-inf', '+inf'),
      ))
        members.add(member);
    return (await this.read([...members])).filter((record) => record !== undefined);
  }

  /** Everything, in no order. */
  async *all(): AsyncGenerator<VconRecord> {
    const start = `${this.redis.keys.vcons}r:`;
    for await (const keys of this.redis.scan(start))
      for (const record of await this.read(keys.map((key) => key.slice(start.length))))
        if (record !== undefined) yield record;
  }

  /** Secret of the persons' digests, made once. It lives with the lists, so neither is of use without the other. */
  personKey(): Promise<string> {
    this.secret ??= this.makeKey();
    return this.secret;
  }

  private async makeKey(): Promise<string> {
    try {
      const key = `${this.redis.keys.vcons}key`;
      await this.redis.attempt((client) => client.set(key, randomBytes(32).toString('base64url'), 'NX'));
      return (await this.redis.attempt((client) => client.get(key)))!;
    } catch (error) {
      this.secret = undefined;
      throw error;
    }
  }

  private async entries(key: string, order: 'asc' | 'desc', after: string | undefined): Promise<string[]> {
    const from = after === undefined ? undefined : `(${after}`;
    return this.redis.attempt((client) =>
      order === 'asc'
        ? client.zrangebylex(key, from ?? '-', '+', 'LIMIT', 0, CHUNK)
        : client.zrevrangebylex(key, from ?? '+', '-', 'LIMIT', 0, CHUNK),
    );
  }

  private async read(members: readonly string[]): Promise<(VconRecord | undefined)[]> {
    if (members.length === 0) return [];
    const keys = members.map((member) => `${this.redis.keys.vcons}r:${member}`);
    const texts = await this.redis.attempt((client) => client.mget(...keys));
    return texts.map((text) => (text === null ? undefined : (JSON.parse(text) as VconRecord)));
  }
}

const listed = (savedAt: number, member: string): string => `${String(savedAt).padStart(14, '0')}/${member}`;
const memberIn = (entry: string): string => entry.slice(entry.indexOf('/') + 1);
const matches = (record: VconRecord, { profile, state }: ListQuery): boolean =>
  (profile === undefined || record.profile === profile) && (state === undefined || record.state === state);

const toCursor = (entry: string): string => Buffer.from(entry).toString('base64url');

function readCursor(cursor: string): string {
  const entry = Buffer.from(cursor, 'base64url').toString('latin1');
  if (!/^\d{14}\/[\w-]{22}\/[0-9a-f-]{36}$/.test(entry))
    throw new ParleyError('invalid_cursor', 'unable to list vCons; the cursor is none of ours');
  return entry;
}
