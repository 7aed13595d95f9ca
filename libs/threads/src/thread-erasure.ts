// What one user, or everybody, has said in a thread: shown and erased. A thread that nobody else wrote in goes as a whole; else
// the others' turns stay. Reading here slides no expiry.
import { Injectable } from '@nestjs/common';
import { channelKey, type ChannelRef } from '#contracts';
import { ConversationsClient } from '#openai';
import { StateRedis, type ShardKeys } from '#redis';
import { deleteItems, eraseConversation, isGone } from './erase-conversation.js';
import { ThreadInventory } from './thread-inventory.js';
import { REMOVE_ROWS } from './transcript.lua.js';

/** A row of either store, as far as it concerns this. */
export interface KeptTurn {
  run_id: string;
  message_id: string;
  at: number;
  by?: string;
  conversation?: string;
  until?: string;
}

export type IsMine = (turn: KeptTurn) => boolean;

export interface ErasedTurns {
  /** Threads that went as a whole. */
  threads: number;
  /** Runs whose turns were taken out of a thread that stays. */
  turns: number;
  /** Conversations with something in them that the provider did not delete yet. */
  left: number;
}

interface Place {
  shard: ShardKeys;
  thread_id: string;
  conversation: string | null;
}

@Injectable()
export class ThreadErasure {
  constructor(
    private readonly redis: StateRedis,
    private readonly inventory: ThreadInventory,
    private readonly client: ConversationsClient,
  ) {}

  /** The mapping, then the rows; of a conversation at the provider its items too, with what others said left out. */
  async *export(ref: ChannelRef, isMine: IsMine): AsyncGenerator<object> {
    const place = await this.find(ref);
    if (place === undefined) return;
    const { thread_id, conversation } = place;
    const rows = await this.rows(place);
    const mine = rows.filter(({ turn }) => isMine(turn));
    if (mine.length === 0 && rows.length > 0) return;
    yield {
      channel: ref.channel,
      thread_id,
      ...(conversation !== null && { conversation_id: conversation }),
    };
    for (const { turn } of mine) yield { thread_id, ...turn };
    // It says what everybody said.
    if (mine.length === rows.length) yield* await this.summaryOf(place);
    if (conversation === null) return;
    for (const item of await this.itemsOf(
      conversation,
      rows.map(({ turn }) => turn),
      isMine,
    ))
      yield { thread_id, conversation_id: conversation, item };
  }

  /**
   * Safe to repeat. What the provider does not delete now stays among what has to be deleted.
   * @param isOpen whether a run of the channel is under way, which may be adding to the conversation
   */
  async erase(ref: ChannelRef, isMine: IsMine, isOpen: boolean): Promise<ErasedTurns> {
    const done: ErasedTurns = { threads: 0, turns: 0, left: 0 };
    const place = await this.find(ref);
    if (place === undefined) return done;
    const rows = await this.rows(place);
    const mine = rows.filter(({ turn }) => isMine(turn));
    if (mine.length === rows.length && !isOpen) {
      done.threads = await this.inventory.clearOne(ref);
      return done;
    }
    if (mine.length === 0) return done;
    const turns = rows.map(({ turn }) => turn);
    for (const conversation of new Set(mine.flatMap(({ turn }) => turn.conversation ?? []))) {
      const of = turns.filter((turn) => turn.conversation === conversation);
      // Where the newest turn ends is known only when the next one has begun.
      const unclear = isOpen && isMine(of.at(-1)!) && of.at(-1)!.until === undefined;
      if (unclear || !(await this.deleteTurns(conversation, of, isMine))) done.left++;
    }
    // Without the rows nobody would know any more which items were meant.
    if (done.left > 0) return done;
    await this.redis.run(
      REMOVE_ROWS,
      [place.shard.transcript(place.thread_id), place.shard.thread(place.thread_id)],
      mine.map(({ text }) => text),
    );
    done.turns = new Set(mine.map(({ turn }) => turn.run_id)).size;
    return done;
  }

  /** Deletes what ended threads left at the provider. @returns how many conversations are still there */
  async deleteOrphans(): Promise<number> {
    let left = 0;
    for await (const { conversation_id, done } of this.inventory.orphans()) {
      try {
        await eraseConversation(this.client, conversation_id);
        await done();
      } catch {
        left++;
      }
    }
    return left;
  }

  private async find(ref: ChannelRef): Promise<Place | undefined> {
    const chk = channelKey(ref);
    const { keys } = this.redis;
    const shard = keys.shardOf(chk);
    const thread_id = await this.redis.attempt((client) => client.get(keys.thread(ref)));
    if (thread_id === null) return undefined;
    const conversation = await this.redis.attempt((client) => client.hget(shard.conversations, thread_id));
    return { shard, thread_id, conversation };
  }

  private async summaryOf({ shard, thread_id }: Place): Promise<object[]> {
    const json = await this.redis.attempt((client) => client.hget(shard.thread(thread_id), 'summary'));
    return json === null ? [] : [{ thread_id, summary: JSON.parse(json) as unknown }];
  }

  private async rows({ shard, thread_id }: Place): Promise<{ text: string; turn: KeptTurn }[]> {
    const rows = await this.redis.attempt((client) => client.lrange(shard.transcript(thread_id), 0, -1));
    return rows.map((text) => ({ text, turn: JSON.parse(text) as KeptTurn }));
  }

  private async deleteTurns(
    conversation: string,
    turns: readonly KeptTurn[],
    isMine: IsMine,
  ): Promise<boolean> {
    try {
      const items = await this.itemsOf(conversation, turns, isMine);
      await deleteItems(
        this.client,
        conversation,
        items.flatMap(({ id }) => id ?? []),
      );
      return true;
    } catch {
      return false;
    }
  }

  /** @param turns all of the conversation, in order: each ends with the item that it names @throws UpstreamError */
  private async itemsOf(conversation: string, turns: readonly KeptTurn[], isMine: IsMine) {
    const of = turns.filter((turn) => turn.conversation === conversation);
    const items = [];
    let turn = 0;
    try {
      for await (const item of this.client.listItems(conversation)) {
        if (of[turn] !== undefined && isMine(of[turn]!)) items.push(item);
        if (item.id === of[turn]?.until) turn++;
      }
    } catch (error) {
      if (!isGone(error)) throw error;
    }
    return items;
  }
}
