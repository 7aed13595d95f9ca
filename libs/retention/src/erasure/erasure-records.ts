// Erasures as Redis keeps them: whom it is about only until it is done, then the receipt for a while.
import { Injectable } from '@nestjs/common';
import { newId, type Subject } from '#contracts';
import { StateRedis } from '#redis';
import type { Erased } from './personal-store.js';
import { MOST_OBJECTS, type Receipt } from './receipt.js';

export interface ErasureRecord {
  id: string;
  tenant: string;
  kind: Subject['kind'];
  subject: string;
  status: 'queued' | 'running' | 'incomplete' | 'done';
  /** UTC ms. */
  created_at: number;
  /** Pieces removed so far, by store, over all tries. */
  removed: Record<string, number>;
  /** What the newest try could not remove, by store. */
  left: Record<string, number>;
  receipt?: Receipt;
}

/** The audit log names the receipt for ever. */
const RECEIPT_SECONDS = 90 * 24 * 3600;

@Injectable()
export class ErasureRecords {
  constructor(private readonly redis: StateRedis) {}

  async create({ tenant, kind, name }: Subject, subject: string): Promise<string> {
    const id = newId('erasure');
    const created = Date.now();
    const { keys } = this.redis;
    const fields = { tenant, kind, name, subject, status: 'queued', created };
    await this.redis.attempt((client) =>
      client.multi().hset(keys.erasure(id), fields).zadd(keys.openErasures, created, id).exec(),
    );
    return id;
  }

  async get(id: string): Promise<ErasureRecord | undefined> {
    const f = await this.redis.attempt((client) => client.hgetall(this.redis.keys.erasure(id)));
    if (f['status'] === undefined) return undefined;
    const removed = Object.entries(f).flatMap(([name, n]) =>
      name.startsWith('removed:') ? [[name.slice('removed:'.length), Number(n)] as const] : [],
    );
    return {
      id,
      tenant: f['tenant']!,
      kind: f['kind'] as Subject['kind'],
      subject: f['subject']!,
      status: f['status'] as ErasureRecord['status'],
      created_at: Number(f['created']),
      removed: Object.fromEntries(removed),
      left: JSON.parse(f['left'] ?? '{}') as Record<string, number>,
      ...(f['receipt'] !== undefined && { receipt: JSON.parse(f['receipt']) as Receipt }),
    };
  }

  /** Undefined once it is done: then nobody knows any more. */
  async subjectOf(id: string): Promise<Subject | undefined> {
    const key = this.redis.keys.erasure(id);
    const [tenant, kind, name] = await this.redis.attempt((client) =>
      client.hmget(key, 'tenant', 'kind', 'name'),
    );
    return tenant && kind && name ? { tenant, kind: kind as Subject['kind'], name } : undefined;
  }

  async running(id: string): Promise<void> {
    await this.redis.attempt((client) => client.hset(this.redis.keys.erasure(id), 'status', 'running'));
  }

  /** What a store has begun and not done, in the try before. */
  async begun(id: string, store: string): Promise<string[]> {
    const text = await this.redis.attempt((client) =>
      client.hget(this.redis.keys.erasure(id), `begun:${store}`),
    );
    return text === null ? [] : (JSON.parse(text) as string[]);
  }

  async remember(id: string, store: string, { objects = [], begun = [] }: Erased): Promise<void> {
    const key = this.redis.keys.erasure(id);
    const list = this.redis.keys.erasureObjects(id);
    await this.redis.attempt((client) => {
      const step = client.multi();
      if (begun.length > 0) step.hset(key, `begun:${store}`, JSON.stringify(begun));
      else step.hdel(key, `begun:${store}`);
      if (objects.length > 0)
        step.rpush(list, ...objects.map((object) => JSON.stringify({ store, ...object })));
      return step
        .ltrim(list, 0, MOST_OBJECTS - 1)
        .expire(list, RECEIPT_SECONDS)
        .exec();
    });
  }

  async objects(id: string): Promise<NonNullable<Receipt['objects']>> {
    const rows = await this.redis.attempt((client) =>
      client.lrange(this.redis.keys.erasureObjects(id), 0, '-1'),
    );
    return rows.map((row) => JSON.parse(row) as NonNullable<Receipt['objects']>[number]);
  }

  async removed(id: string, store: string, pieces: number): Promise<void> {
    const key = this.redis.keys.erasure(id);
    await this.redis.attempt((client) => client.hincrby(key, `removed:${store}`, pieces));
  }

  async incomplete(id: string, left: Record<string, number>): Promise<void> {
    const fields = { status: 'incomplete', left: JSON.stringify(left) };
    await this.redis.attempt((client) => client.hset(this.redis.keys.erasure(id), fields));
  }

  async done(id: string, receipt: Receipt): Promise<void> {
    const { keys } = this.redis;
    const key = keys.erasure(id);
    await this.redis.attempt((client) =>
      client
        .multi()
        .hset(key, { status: 'done', left: '{}', receipt: JSON.stringify(receipt) })
        .hdel(key, 'name')
        .expire(key, RECEIPT_SECONDS)
        .unlink(keys.erasureObjects(id))
        .zrem(keys.openErasures, id)
        .exec(),
    );
  }

  /** Ids of erasures that are not done, begun before `at` (UTC ms). */
  open(at: number): Promise<string[]> {
    return this.redis.attempt((client) => client.zrangebyscore(this.redis.keys.openErasures, '-inf', at));
  }
}
