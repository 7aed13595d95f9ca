// Removals in Redis: those that are not done, by when they are tried again, and receipts for a while.
import { Injectable } from '@nestjs/common';
import { StateRedis } from '#redis';
import type { Removal } from './removal.js';

/** The audit log names the receipt for ever. */
const RECEIPT_SECONDS = 90 * 24 * 3600;

@Injectable()
export class RemovalRecords {
  constructor(private readonly redis: StateRedis) {}

  async get(id: string): Promise<Removal | undefined> {
    const text = await this.redis.attempt((client) => client.get(this.keyOf(id)));
    return text === null ? undefined : (JSON.parse(text) as Removal);
  }

  /** @param due UTC ms of the next try */
  async keep(removal: Removal, due: number): Promise<void> {
    await this.redis.attempt((client) =>
      client
        .multi()
        .set(this.keyOf(removal.id), JSON.stringify(removal))
        .zadd(this.list, due, removal.id)
        .exec(),
    );
  }

  /** Nothing is left of it to do: a receipt stays for 90 days, everything else is forgotten. */
  async done(removal: Removal): Promise<void> {
    const key = this.keyOf(removal.id);
    await this.redis.attempt((client) => {
      const steps = client.multi().zrem(this.list, removal.id);
      return removal.receipt === undefined
        ? steps.del(key).exec()
        : steps.set(key, JSON.stringify(removal), 'EX', RECEIPT_SECONDS).exec();
    });
  }

  /** Ids, the most overdue first. @param now UTC ms */
  due(now: number, limit: number): Promise<string[]> {
    return this.redis.attempt((client) => client.zrangebyscore(this.list, '-inf', now, 'LIMIT', 0, limit));
  }

  count(): Promise<number> {
    return this.redis.attempt((client) => client.zcard(this.list));
  }

  /** What is not done yet. */
  async *all(): AsyncGenerator<Removal> {
    for (const id of await this.redis.attempt((client) => client.zrange(this.list, '0', '-1'))) {
      const removal = await this.get(id);
      if (removal !== undefined) yield removal;
    }
  }

  /** What is not done yet, of a tenant; at most `limit`. */
  async open(tenant: string, limit: number): Promise<Removal[]> {
    const found: Removal[] = [];
    for await (const removal of this.all())
      if (removal.tenant === tenant && found.push(removal) >= limit) break;
    return found;
  }

  private get list(): string {
    return `${this.redis.keys.vcons}removals`;
  }

  private keyOf(id: string): string {
    return `${this.redis.keys.vcons}rm:${id}`;
  }
}
