// The mapping from channels to threads. The documented key's value is the truth of the mapping; whatever
// reads it slides the expiry of the thread and of its content.
import { Injectable } from '@nestjs/common';
import { RedisConfig } from '#config';
import { channelKey, newId, type ChannelRef } from '#contracts';
import { StateRedis } from '#redis';
import type { ThreadInfo } from './thread.js';
import { FIND_THREAD, IMPORT_THREAD, OPEN_THREAD } from './thread.lua.js';

type Reply = [id: string, created: string, count: string, last: string, conversation: string];

@Injectable()
export class ThreadStore {
  constructor(
    private readonly redis: StateRedis,
    private readonly config: RedisConfig,
  ) {}

  /**
   * The channel's thread, made when there is none; callers that race get the same one.
   * @throws ParleyError `state_unavailable`
   */
  async open(ref: ChannelRef): Promise<ThreadInfo> {
    const [chk, keys, args] = this.place(ref);
    const more = [newId('thread'), ref.tenant, ref.channel];
    return toThread(ref, chk, await this.redis.run<Reply>(OPEN_THREAD, keys, [...args, ...more]));
  }

  /** The channel's thread, if it has one. */
  async find(ref: ChannelRef): Promise<ThreadInfo | undefined> {
    const [chk, keys, args] = this.place(ref);
    const reply = await this.redis.run<Reply | null>(FIND_THREAD, keys, args);
    return reply === null ? undefined : toThread(ref, chk, reply);
  }

  /**
   * Makes the channel's thread with a past.
   * @param messages how many it counts
   * @returns undefined when the channel has a thread already
   */
  async import(
    ref: ChannelRef,
    id: string,
    past: { rows: readonly string[]; messages: number; conversation?: string },
  ): Promise<ThreadInfo | undefined> {
    const [chk, keys, args] = this.place(ref);
    const more = [id, ref.tenant, ref.channel, past.messages, past.conversation ?? '', ...past.rows];
    const reply = await this.redis.run<Reply | null>(IMPORT_THREAD, keys, [...args, ...more]);
    return reply === null ? undefined : toThread(ref, chk, reply);
  }

  /** Slides the expiry. Resolves to false when the channel has no thread. */
  async touch(ref: ChannelRef): Promise<boolean> {
    return (await this.find(ref)) !== undefined;
  }

  private place(ref: ChannelRef): [chk: string, keys: string[], args: (string | number)[]] {
    const chk = channelKey(ref);
    const { keys } = this.redis;
    return [
      chk,
      [keys.thread(ref), keys.metadata(ref)],
      [keys.shardOf(chk).base, chk, this.config.threadExpirySeconds],
    ];
  }
}

function toThread(ref: ChannelRef, chk: string, [id, created, count, last, conversation]: Reply): ThreadInfo {
  return {
    id,
    ref,
    chk,
    created_at: Number(created),
    message_count: Number(count),
    last_message_at: Number(last),
    ...(conversation !== '' && { conversation_id: conversation }),
  };
}
