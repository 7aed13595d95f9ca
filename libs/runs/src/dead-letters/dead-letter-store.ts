// Messages that were set aside: seen, replayed, removed. A replay is a new run of the same message, and the
// same replay twice is one run.
import { Injectable } from '@nestjs/common';
import { ParleyError } from '#contracts';
import { StateRedis, type ShardKeys } from '#redis';
import type { DeadLetter } from './dead-letter.js';
import { Intake, type Admission } from '../intake/intake.js';

export interface DeadLetterPage {
  items: DeadLetter[];
  /** The `after` of the next page; absent on the last. */
  next?: string;
}

const PAGE = 100;

@Injectable()
export class DeadLetterStore {
  constructor(
    private readonly redis: StateRedis,
    private readonly intake: Intake,
  ) {}

  /** Oldest first inside a shard. @throws ParleyError `invalid_cursor` */
  async list({ after, limit }: { after?: string; limit: number }): Promise<DeadLetterPage> {
    const start = after === undefined ? undefined : this.place(after, 'invalid_cursor');
    const items: DeadLetter[] = [];
    for (const shard of this.redis.keys.all()) {
      if (start && shard.index < start.shard.index) continue;
      const from = start && shard.index === start.shard.index ? `(${start.entry}` : '-';
      const wanted = limit + 1 - items.length;
      const rows = await this.redis.attempt((client) =>
        client.xrange(shard.dead, from, '+', 'COUNT', wanted),
      );
      items.push(...rows.map(([entry, fields]) => toLetter(shard, entry, fields)));
      if (items.length > limit) break;
    }
    const page = items.slice(0, limit);
    return { items: page, ...(items.length > limit && { next: page.at(-1)!.id }) };
  }

  /** @throws ParleyError `not_found` */
  async get(id: string): Promise<DeadLetter> {
    const { shard, entry } = this.place(id, 'not_found');
    const [row] = await this.redis.attempt((client) => client.xrange(shard.dead, entry, entry));
    if (!row) throw new ParleyError('not_found', 'unable to find dead letter');
    return toLetter(shard, ...row);
  }

  /** Puts the message at the end of its channel's inbox again and takes the letter away. */
  async replay(id: string): Promise<Admission> {
    const letter = await this.get(id);
    const { tenant, channel, message_id, message, user, request, replies, generation } = letter;
    const command = {
      tenant,
      channel,
      message_id,
      message,
      ...(user !== undefined && { user }),
      ...(request && { request }),
      source: 'replay' as const,
    };
    const [first, ...others] = replies;
    const admission = await this.intake.submit(
      { ...command, ...(first && { reply: first }) },
      generation + 1,
    );
    // As repeats with an address of their own; sent again after a crash they are known.
    for (const reply of others) await this.intake.submit({ ...command, reply }, generation + 1);
    await this.remove(id);
    return admission;
  }

  /**
   * Replays every letter that is there now; a run that fails again is a new letter behind them.
   * @returns how many went, and how many stay because their channel is full
   * @throws ParleyError `busy`, `state_unavailable`; the letters behind that one stay too
   */
  async replayAll(): Promise<{ replayed: number; kept: number }> {
    const count = { replayed: 0, kept: 0 };
    for (const id of await this.ids()) {
      try {
        await this.replay(id);
        count.replayed++;
      } catch (error) {
        if (error instanceof ParleyError && error.code === 'channel_backlog_full') count.kept++;
        // Somebody else replayed or removed it in the meantime.
        else if (!(error instanceof ParleyError && error.code === 'not_found')) throw error;
      }
    }
    return count;
  }

  /** @returns false when it was gone already */
  async remove(id: string): Promise<boolean> {
    const { shard, entry } = this.place(id, 'not_found');
    return (await this.redis.attempt((client) => client.xdel(shard.dead, entry))) === 1;
  }

  /** Removes every letter that is there now; one that comes meanwhile stays. @returns how many */
  async removeAll(): Promise<number> {
    let removed = 0;
    for (const { dead } of this.redis.keys.all()) {
      const [newest] = await this.redis.attempt((client) => client.xrevrange(dead, '+', '-', 'COUNT', 1));
      if (!newest) continue;
      const next = Number.parseInt(newest[0], 10) + 1;
      removed += await this.redis.attempt((client) => client.xtrim(dead, 'MINID', next));
    }
    return removed;
  }

  /** Removes the letters written before `at` (UTC ms), oldest first. @returns how many */
  async expire(at: number): Promise<number> {
    let removed = 0;
    for (const shard of this.redis.keys.all()) {
      for (;;) {
        const rows = await this.redis.attempt((client) => client.xrange(shard.dead, '-', '+', 'COUNT', 100));
        const old = rows.filter(([entry, fields]) => toLetter(shard, entry, fields).at < at);
        if (old.length === 0) break;
        removed += await this.redis.attempt((client) =>
          client.xdel(shard.dead, ...old.map(([entry]) => entry)),
        );
        if (old.length < rows.length) break;
      }
    }
    return removed;
  }

  private async ids(): Promise<string[]> {
    const ids: string[] = [];
    for (let after: string | undefined; ;) {
      const { items, next } = await this.list({ limit: PAGE, ...(after !== undefined && { after }) });
      ids.push(...items.map(({ id }) => id));
      if (next === undefined) return ids;
      after = next;
    }
  }

  private place(id: string, code: 'not_found' | 'invalid_cursor'): { shard: ShardKeys; entry: string } {
    const match = /^(\d{1,3})-(\d{1,15})$/.exec(id);
    const shard = match ? this.redis.keys.all()[Number(match[1])] : undefined;
    if (!match || !shard) throw new ParleyError(code, 'unable to find dead letter; malformed id');
    return { shard, entry: `${match[2]}-0` };
  }
}

function toLetter(shard: ShardKeys, entry: string, [, json, , replies = '[]']: string[]): DeadLetter {
  return {
    ...(JSON.parse(json!) as Omit<DeadLetter, 'id' | 'replies'>),
    replies: JSON.parse(replies) as DeadLetter['replies'],
    id: `${shard.index}-${entry.split('-')[0]}`,
  };
}
