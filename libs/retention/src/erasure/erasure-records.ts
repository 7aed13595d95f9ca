// Erasures as Redis keeps them: whom it is about only until it is done, then the receipt for a while.
import { Injectable } from '@nestjs/common';
import { newId, type Subject } from '#contracts';
import { StateRedis } from '#redis';
import type { Receipt } from './receipt.js';

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
        .zrem(keys.openErasures, id)
        .exec(),
    );
  }

  /** Ids of erasures that are not done, begun before `at` (UTC ms). */
  open(at: number): Promise<string[]> {
    return this.redis.attempt((client) => client.zrangebyscore(this.redis.keys.openErasures, '-inf', at));
  }
}
