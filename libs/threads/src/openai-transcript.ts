// The transcript in OpenAI Conversations. Here only markers are kept, written by the script that ends a run, so
// it is always known which turns are finished: what the provider holds beyond them was
// left by an interrupted attempt and is removed before the next one.
import type { ConversationItem, ConversationsClient, ResponseInputItem } from '#openai';
import type { StateRedis } from '#redis';
import { deleteItems, eraseConversation, isGone } from './erase-conversation.js';
import { pageConversation } from './page-conversation.js';
import type { Thread } from './thread.js';
import { REPLACE_NEWEST, SET_CONVERSATION } from './transcript.lua.js';
import {
  TranscriptStore,
  type Context,
  type TranscriptPage,
  type TranscriptQuery,
  type Turn,
} from './transcript-store.js';
import { markersOf, toMarker, type TurnMarker } from './turn-marker.js';

/** Every method throws UpstreamError when the provider cannot be asked. */
export class OpenaiTranscript extends TranscriptStore {
  readonly kind = 'openai';

  constructor(
    private readonly redis: StateRedis,
    private readonly client: ConversationsClient,
  ) {
    super();
  }

  async context(thread: Thread): Promise<Context> {
    const known = thread.conversation_id;
    const usable = known !== undefined && (await this.restore(thread, known));
    return { history: [], conversation: usable ? known : await this.begin(thread) };
  }

  rows(thread: Thread, turn: Turn): string[] {
    return toMarker(turn, thread.conversation_id);
  }

  async prepare(
    threadId: string,
    turns: readonly Turn[],
  ): Promise<{ rows: string[]; conversation?: string }> {
    const conversation = await this.client.create({ thread_id: threadId });
    const rows: string[] = [];
    try {
      const said = turns.flatMap(({ input, output }) => [...input, ...(output as ResponseInputItem[])]);
      const added = await this.client.addItems(conversation, said);
      let at = 0;
      for (const { run_id, message_id, at: time, by, input, output } of turns) {
        at += input.length + output.length;
        const until = added[at - 1]?.id ?? '';
        const marker = { run_id, message_id, at: time, ...(by && { by }), conversation, until };
        rows.push(JSON.stringify(marker satisfies TurnMarker));
      }
    } catch (error) {
      await eraseConversation(this.client, conversation);
      throw error;
    }
    return { rows, conversation };
  }

  async page(thread: Thread, query: TranscriptQuery): Promise<TranscriptPage> {
    const conversation = thread.conversation_id;
    if (conversation === undefined) return { items: [] };
    const rows = await this.redis.attempt((client) => client.lrange(this.listOf(thread), 0, -1));
    try {
      return await pageConversation(this.client, conversation, markersOf(rows, conversation), query);
    } catch (error) {
      if (isGone(error)) return { items: [] };
      throw error;
    }
  }

  async erase(threadId: string, conversationId?: string): Promise<void> {
    if (conversationId !== undefined) await eraseConversation(this.client, conversationId);
    const lists = this.redis.keys.all().map((shard) => shard.transcript(threadId));
    await this.redis.attempt((client) => client.unlink(lists));
  }

  /**
   * Brings the conversation to the end of the last finished turn. The newest turn's end is not known yet when its
   * marker is new: then all there is belongs to it, because nothing was sent since that run's end.
   * For the owner of the channel only, before it sends anything.
   * @returns false when the conversation is gone
   */
  private async restore(thread: Thread, conversation: string): Promise<boolean> {
    const rows = await this.redis.attempt((client) => client.lrange(this.listOf(thread), -2, -1));
    const markers = markersOf(rows, conversation);
    const newest = markers.at(-1);
    const finished = newest?.until === undefined ? markers.at(-2) : newest;
    try {
      // A deleted conversation's items may still be listed; only the conversation itself tells.
      const [exists, beyond] = await Promise.all([
        this.client.exists(conversation),
        this.itemsBeyond(conversation, finished?.until ?? ''),
      ]);
      if (!exists) return false;
      if (newest === undefined || newest === finished) await this.remove(conversation, beyond);
      else await this.close(thread, rows.at(-1)!, newest, beyond, finished?.until ?? '');
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }

  /** Notes where the newest turn ended. A call without its output would make every later request fail: it goes. */
  private async close(
    thread: Thread,
    row: string,
    marker: TurnMarker,
    items: readonly ConversationItem[],
    before: string,
  ): Promise<void> {
    const broken = unansweredCalls(items);
    await this.remove(marker.conversation, broken);
    const until = items.find((item) => !broken.includes(item))?.id ?? before;
    const closed = JSON.stringify({ ...marker, until } satisfies TurnMarker);
    await this.redis.run(REPLACE_NEWEST, [this.listOf(thread)], [row, closed]);
  }

  /** Newest first. Where the item itself was deleted by other hands nothing counts as beyond it. */
  private async itemsBeyond(conversation: string, item: string): Promise<ConversationItem[]> {
    const beyond: ConversationItem[] = [];
    for await (const each of this.client.listNewestItems(conversation)) {
      if (each.id === item) return beyond;
      beyond.push(each);
    }
    return item === '' ? beyond : [];
  }

  private async remove(conversation: string, items: readonly ConversationItem[]): Promise<void> {
    await deleteItems(
      this.client,
      conversation,
      items.flatMap(({ id }) => id ?? []),
    );
  }

  private async begin(thread: Thread): Promise<string> {
    const created = await this.client.create({ thread_id: thread.id });
    const shard = this.redis.keys.shardOf(thread.chk);
    const kept = await this.redis.run<string>(
      SET_CONVERSATION,
      [shard.thread(thread.id), shard.conversations, shard.orphans],
      [thread.id, thread.conversation_id ?? '', created],
    );
    if (kept !== created) await this.client.delete(created);
    thread.conversation_id = kept;
    return kept;
  }

  private listOf({ chk, id }: Thread): string {
    return this.redis.keys.shardOf(chk).transcript(id);
  }
}

/** Calls that have no output, with the reasoning right before them. @param items newest first */
function unansweredCalls(items: readonly ConversationItem[]): ConversationItem[] {
  const answered = new Set<string>();
  const broken: ConversationItem[] = [];
  for (const item of items) {
    const { type, call_id } = item as { type: string; call_id?: string };
    if (type === 'function_call_output' && call_id !== undefined) answered.add(call_id);
    const open = type === 'function_call' && !answered.has(call_id ?? '');
    if (open || (type === 'reasoning' && broken.includes(items[items.indexOf(item) - 1]!))) broken.push(item);
  }
  return broken;
}
