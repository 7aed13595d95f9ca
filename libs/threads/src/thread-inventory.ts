// All threads at once, for operators and for the expiry: list, count, clear. Works on the documented keys, so
// it also sees what another system has left under the same prefix.
import { Injectable } from '@nestjs/common';
import { RedisConfig } from '#config';
import { channelKey, type ChannelRef } from '#contracts';
import { StateRedis, type Script, type ShardKeys } from '#redis';
import { scanChannels } from './documented-keys.js';
import { parseMetadata, type ThreadMetadata } from './metadata.js';
import { CLEAR_THREADS, EXPIRE_THREADS, READ_THREADS } from './purge.lua.js';

/** Channels per script: long enough to be cheap, short enough that Redis answers others meanwhile. */
const BATCH = 1_000;
const DAY_MS = 86_400_000;

export interface ThreadEntry {
  ref: ChannelRef;
  /** Value of the documented key; empty when only metadata exist. */
  thread_id: string;
  /** Undefined when absent or not readable. */
  metadata: ThreadMetadata | undefined;
  /** Of the documented keys and of the content kept in Redis. */
  bytes: number;
}

export interface Cleared {
  /** Threads that were deleted, or would be. */
  threads: number;
  /** Threads without readable metadata, which an age cannot be told of; they are kept. */
  unknown_age: number;
}

interface Seen extends ThreadEntry {
  raw: string;
}

@Injectable()
export class ThreadInventory {
  constructor(
    private readonly redis: StateRedis,
    private readonly config: RedisConfig,
  ) {}

  /** Every thread, in batches and in no order. Reading does not slide any expiry. */
  async *entries(): AsyncGenerator<ThreadEntry[]> {
    for await (const batch of this.read(['thread'])) yield batch;
  }

  /** Deletes every mapping, its metadata and its content. Assistants stay. */
  async clearAll({ dryRun = false }: { dryRun?: boolean } = {}): Promise<Cleared> {
    const cleared: Cleared = { threads: 0, unknown_age: 0 };
    const start = performance.now();
    for await (const refs of scanChannels(this.redis, ['thread', 'metadata']))
      cleared.threads += dryRun ? refs.length : await this.clear(refs.map((ref) => ({ ref })));
    // Content whose mapping was deleted by other hands before; not that of threads that came up meanwhile.
    if (!dryRun) await this.purgeIdle((performance.now() - start) / 1_000);
    return cleared;
  }

  /** Deletes the threads without a message since `days` days. @param days greater than 0 */
  async clearOlderThan(days: number, { dryRun = false }: { dryRun?: boolean } = {}): Promise<Cleared> {
    const before = Date.now() - days * DAY_MS;
    const cleared: Cleared = { threads: 0, unknown_age: 0 };
    for await (const batch of this.read(['thread', 'metadata'])) {
      const old = batch.filter(({ metadata }) => metadata !== undefined && metadata.last_message_at < before);
      cleared.unknown_age += batch.filter(({ metadata }) => metadata === undefined).length;
      cleared.threads += dryRun ? old.length : await this.clear(old);
    }
    if (!dryRun) await this.purgeIdle(days * 86_400);
    return cleared;
  }

  /** Ends the thread of one channel, whatever it holds. @returns 1 when there was one */
  clearOne(ref: ChannelRef): Promise<number> {
    return this.clear([{ ref }]);
  }

  /** Ends what has been idle for longer than the expiry. Resolves to how many threads. */
  async expire(): Promise<number> {
    return this.purgeIdle(this.config.threadExpirySeconds);
  }

  /** Conversations at the provider that are still to be deleted. */
  async *orphans(): AsyncGenerator<{ conversation_id: string; done: () => Promise<void> }> {
    for (const { orphans } of this.redis.keys.all()) {
      const ids = await this.redis.attempt((client) => client.smembers(orphans));
      for (const id of ids) {
        const done = async () => void (await this.redis.attempt((client) => client.srem(orphans, id)));
        yield { conversation_id: id, done };
      }
    }
  }

  private async purgeIdle(seconds: number): Promise<number> {
    let total = 0;
    for (const { threads, base } of this.redis.keys.all()) {
      for (let ended = BATCH; ended === BATCH; total += ended)
        ended = await this.redis.run<number>(EXPIRE_THREADS, [threads], [base, seconds, BATCH]);
    }
    return total;
  }

  private async *read(kinds: readonly ('thread' | 'metadata')[]): AsyncGenerator<Seen[]> {
    for await (const refs of scanChannels(this.redis, kinds)) {
      const entries: Seen[] = [];
      for (const [shard, part] of this.parts(refs.map((ref) => ({ ref })))) {
        const rows = await this.script<[string, string, number][]>(READ_THREADS, part, [shard.base]);
        rows.forEach(([thread_id, raw, bytes], i) => {
          // Gone since it was listed.
          if (thread_id === '' && raw === '') return;
          entries.push({ ref: part[i]!.ref, thread_id, raw, metadata: parseMetadata(raw), bytes });
        });
      }
      yield entries;
    }
  }

  /** @param items with what was seen of them, they are deleted only if they are unchanged */
  private async clear(items: readonly ({ ref: ChannelRef } & Partial<Seen>)[]): Promise<number> {
    let total = 0;
    for (const [shard, part] of this.parts(items)) {
      const seen = part.flatMap(({ ref, thread_id, raw }) => [
        channelKey(ref),
        ...(raw === undefined ? ['', '', ''] : ['=', thread_id ?? '', raw]),
      ]);
      total += await this.script<number>(CLEAR_THREADS, part, [shard.base, ...seen]);
    }
    return total;
  }

  private script<T>(script: Script, part: readonly { ref: ChannelRef }[], args: string[]): Promise<T> {
    const { keys } = this.redis;
    return this.redis.run<T>(
      script,
      part.flatMap(({ ref }) => [keys.thread(ref), keys.metadata(ref)]),
      args,
    );
  }

  private *parts<T extends { ref: ChannelRef }>(items: readonly T[]): Generator<[ShardKeys, T[]]> {
    const shards = Map.groupBy(items, ({ ref }) => this.redis.keys.shardOf(channelKey(ref)));
    for (const [shard, all] of shards)
      for (let at = 0; at < all.length; at += BATCH) yield [shard, all.slice(at, at + BATCH)];
  }
}
