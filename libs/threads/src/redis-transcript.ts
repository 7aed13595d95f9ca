// The transcript in our own Redis: a list per thread, appended by the script that ends a run, gone with the
// thread's expiry. Nothing is kept at a provider, so there is nothing to rewind.
import { ParleyError } from '#contracts';
import type { StateRedis } from '#redis';
import { contextWindow } from './context-window.js';
import type { Thread } from './thread.js';
import { TRANSCRIPT_TAIL } from './transcript.lua.js';
import {
  TranscriptStore,
  type Context,
  type TranscriptMessage,
  type TranscriptPage,
  type TranscriptQuery,
  type Turn,
} from './transcript-store.js';
import { parseRow, textOf, toRows, type TurnRow } from './turn-rows.js';

/** Of what goes along as context: far beyond a model's window, and bearable in memory. */
const CONTEXT_BYTES = 2 * 1024 * 1024;
/** Rows per read of a page. */
const STEP = 50;

export class RedisTranscript extends TranscriptStore {
  readonly kind = 'redis';

  /** @param contextItems newest items that `context` takes */
  constructor(
    private readonly redis: StateRedis,
    private readonly contextItems: number,
  ) {
    super();
  }

  async context(thread: Thread): Promise<Context> {
    if (this.contextItems === 0) return { history: [] };
    const args = [this.contextItems + 1, CONTEXT_BYTES];
    const [more, ...rows] = await this.redis.run<[number, ...string[]]>(
      TRANSCRIPT_TAIL,
      [this.listOf(thread)],
      args,
    );
    const parsed = rows.flatMap((row) => parseRow(row) ?? []);
    const limits = { items: this.contextItems, bytes: CONTEXT_BYTES };
    const turns = contextWindow(parsed, limits, more === 1);
    return { history: turns.flatMap(({ items }) => items), turns };
  }

  rows(_thread: Thread, turn: Turn): string[] {
    return toRows(turn);
  }

  async prepare(_threadId: string, turns: readonly Turn[]): Promise<{ rows: string[] }> {
    return { rows: turns.flatMap(toRows) };
  }

  async page(thread: Thread, { after, limit, order }: TranscriptQuery): Promise<TranscriptPage> {
    const items: TranscriptMessage[] = [];
    const from = after === undefined ? undefined : indexOf(thread, after);
    for await (const [index, row] of this.walk(thread, from, order)) {
      if (row.role === undefined) continue;
      if (items.length === limit) return { items, next: items.at(-1)!.id };
      items.push(toMessage(thread, index, row));
    }
    return { items };
  }

  async erase(threadId: string): Promise<void> {
    const lists = this.redis.keys.all().map((shard) => shard.transcript(threadId));
    await this.redis.attempt((client) => client.unlink(lists));
  }

  /** @param from index after which to begin, in reading direction */
  private async *walk(
    thread: Thread,
    from: number | undefined,
    order: 'asc' | 'desc',
  ): AsyncGenerator<[index: number, row: TurnRow]> {
    const list = this.listOf(thread);
    const length = await this.redis.attempt((client) => client.llen(list));
    const forward = order === 'asc';
    let at = forward ? (from ?? -1) + 1 : Math.min(from ?? length, length) - 1;
    while (at >= 0 && at < length) {
      const [first, last] = forward ? [at, at + STEP - 1] : [Math.max(0, at - STEP + 1), at];
      const rows = await this.redis.attempt((client) => client.lrange(list, first, last));
      if (rows.length === 0) return;
      const numbered = rows.map((row, i) => [first + i, parseRow(row)] as const);
      for (const [index, row] of forward ? numbered : numbered.toReversed()) if (row) yield [index, row];
      at = forward ? last + 1 : first - 1;
    }
  }

  private listOf({ chk, id }: Thread): string {
    return this.redis.keys.shardOf(chk).transcript(id);
  }
}

/** A part of the thread's id goes into its messages' ids, so that a cursor of another thread is noticed. */
const markOf = ({ id }: Thread): string => id.slice('thread_'.length, 'thread_'.length + 12);

function indexOf(thread: Thread, id: string): number {
  const match = /^(\w{12})-(\d{1,9})$/.exec(id);
  if (match === null || match[1] !== markOf(thread))
    throw new ParleyError(
      'invalid_cursor',
      'unable to read the transcript; the cursor is not of this thread',
    );
  return Number(match[2]);
}

function toMessage(thread: Thread, index: number, row: TurnRow): TranscriptMessage {
  const { role, item, message_id, run_id, at } = row;
  return {
    id: `${markOf(thread)}-${index}`,
    role: role!,
    text: textOf(item),
    message_id,
    run_id,
    created_at: new Date(at).toISOString(),
  };
}
