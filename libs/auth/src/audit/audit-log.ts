// Who did what, in the order in which it happened: a chain of entries in Redis that is only ever added to. Does not know what
// the actions mean.
import { Injectable } from '@nestjs/common';
import { AccessConfig } from '#config';
import { ParleyError } from '#contracts';
import { StateRedis } from '#redis';
import {
  addressHash,
  GENESIS,
  sealHash,
  sealOf,
  type AuditEntry,
  type Seal,
  type SealedEntry,
} from './audit-entry.js';
import { AUDIT_APPEND } from './audit.lua.js';

/** Several processes may add at once; each try but one's own is somebody's success. */
const TRIES = 100;

/** An id from a request's path may be anything. */
const OBJECT_CHARS = 128;

export interface Deed extends Omit<AuditEntry, 'at' | 'ip_hash'> {
  /** Address it came from. Only a hash is kept. */
  from?: string | undefined;
}

export interface AuditPage {
  items: SealedEntry[];
  /** Absent on the last page. */
  next?: string;
}

export interface AuditHead {
  n: number;
  hash: string;
}

@Injectable()
export class AuditLog {
  private head: AuditHead = { n: 0, hash: GENESIS };
  /** One at a time in this process: its entries would only get into each other's way. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly redis: StateRedis,
    private readonly config: AccessConfig,
  ) {}

  /** Resolves when the entry is written. @throws ParleyError `state_unavailable`, `busy` */
  record({ from, ...deed }: Deed): Promise<void> {
    const { auditKey } = this.config;
    const entry: AuditEntry = {
      at: new Date().toISOString(),
      ...deed,
      object: deed.object.slice(0, OBJECT_CHARS),
      ...(from !== undefined && { ip_hash: addressHash(auditKey, from) }),
    };
    const written = this.turn.then(() => this.append(JSON.stringify(entry)));
    this.turn = written.catch(() => undefined);
    return written;
  }

  /**
   * Does something and records what became of it. What cannot be recorded fails, though it may have been done: repeating it
   * is safe.
   */
  async during<T>(deed: Omit<Deed, 'outcome'>, act: () => Promise<T>): Promise<T> {
    let result: T;
    try {
      result = await act();
    } catch (error) {
      await this.record({ ...deed, outcome: error instanceof ParleyError ? error.code : 'failed' });
      throw error;
    }
    await this.record({ ...deed, outcome: 'done' });
    return result;
  }

  /** Oldest first. @param after `next` of the page before, or a number @throws ParleyError `invalid_cursor` */
  async page({
    after = '0',
    limit,
    order = 'asc',
  }: {
    after?: string;
    limit: number;
    order?: 'asc' | 'desc';
  }): Promise<AuditPage> {
    if (!/^\d{1,15}$/.test(after))
      throw new ParleyError('invalid_cursor', 'unable to read audit log; not a cursor');
    const { audit } = this.redis.keys;
    const rows = await this.redis.attempt((client) =>
      order === 'asc'
        ? client.xrange(audit, `(${after}-0`, '+', 'COUNT', limit + 1)
        : client.xrevrange(audit, after === '0' ? '+' : `(${after}-0`, '-', 'COUNT', limit + 1),
    );
    const items = rows.slice(0, limit).map(toSealed);
    return { items, ...(rows.length > limit && { next: String(items.at(-1)!.n) }) };
  }

  /** The newest entry as the log itself remembers it. */
  async newest(): Promise<AuditHead> {
    const [n, hash] = await this.redis.attempt((client) =>
      client.hmget(this.redis.keys.auditHead, 'n', 'hash'),
    );
    return { n: Number(n ?? 0), hash: hash ?? GENESIS };
  }

  private async append(text: string): Promise<void> {
    const { audit, auditHead } = this.redis.keys;
    const seal = sealOf(this.config.auditKey);
    for (let tries = 0; tries < TRIES; tries++) {
      const { n: last, hash: previous } = this.head;
      const n = last + 1;
      const hash = sealHash(this.config.auditKey, seal, previous, n, text);
      const [ok, newest, newestHash] = await this.redis.run<[number, number?, string?]>(
        AUDIT_APPEND,
        [audit, auditHead],
        [previous, n, text, seal, hash],
      );
      this.head = ok === 1 ? { n, hash } : { n: newest!, hash: newestHash! };
      if (ok === 1) return;
    }
    throw new ParleyError('busy', 'unable to write audit log; too many write at once');
  }
}

const toSealed = ([id, fields]: [string, string[]]): SealedEntry => {
  const of = Object.fromEntries(fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1]!]] : [])));
  return {
    n: Number(id.split('-')[0]),
    text: of['entry'] ?? '',
    seal: (of['seal'] ?? '') as Seal,
    hash: of['hash'] ?? '',
  };
};
