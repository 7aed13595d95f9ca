// The scripts by which an attempt writes down what comes of it, up to the end, with types. Each asks for the lease's
// token. Nothing is decided here.
import { Injectable } from '@nestjs/common';
import type { ChannelRef, ReplyAddress, TerminalStatus, Usage } from '#contracts';
import type { ScriptArgument, ShardKeys } from '#redis';
import type { Held } from '../run/run-record.js';
import { APPEND } from './append.lua.js';
import { FINISH } from './finish.lua.js';
import { RunScripts } from './run-scripts.js';
import { ROUND, TOOL_DONE, TOOL_START } from './tool.lua.js';

export interface AppendBatch extends Held {
  /** Progress of the writer that must be found, and that takes its place; see `formatProgress`. */
  before: string;
  after: string;
  /** Of the provider, if this batch is the first to know it; else ''. */
  response_id: string;
  /** The batch ends with `run.started`. */
  starts: boolean;
  events: readonly string[];
}

export interface FinishCommand extends Held {
  ref: ChannelRef;
  status: TerminalStatus;
  events: readonly string[];
  result: string;
  dead: string;
  thread_id: string;
  rows: readonly string[];
  usage?: Usage;
  /** The way out that is looked at without a hint. */
  seen_to?: ReplyAddress['kind'] | undefined;
}

export type FinishReply =
  /** `turns`: how many messages of the thread have ended, where there is a thread. */
  | { outcome: 'ok'; epoch: string; offset: number; turns?: number }
  | { outcome: 'fenced' }
  | { outcome: 'cancelled' };

/** APPEND's refusals in place of an offset. */
export const LEASE_LOST = -1;
export const PROGRESS_DIFFERS = -2;

@Injectable()
export class AttemptScripts extends RunScripts {
  /** All batches must belong to one shard. */
  async append(shard: ShardKeys, batches: readonly AppendBatch[]): Promise<number[]> {
    const args: ScriptArgument[] = [];
    for (const b of batches) {
      const noted = b.starts || b.response_id !== '';
      const note = noted ? `${b.run_id} ${b.starts ? 1 : 0} ${b.response_id}` : '';
      args.push(b.chk, b.token, b.before, b.after, note, b.events.length, ...b.events);
    }
    return this.call<number[]>(APPEND, shard, args);
  }

  /** @param keep UTF-16 units of text that stand from here on */
  async endRound(
    { chk, token, run_id }: Held,
    round: number,
    keep: number,
    items: readonly string[],
  ): Promise<boolean> {
    const args = [chk, token, run_id, round, round + 1, keep, ...items];
    return (await this.call<number>(ROUND, this.shard(chk), args)) === 1;
  }

  /** @returns the entry that stands: the given one, or the one noted before; undefined when the lease was lost */
  async startTool(h: Held, callId: string, entry: string, event: string): Promise<string | undefined> {
    const args = [h.chk, h.token, h.run_id, callId, entry, event];
    const [known, standing] = await this.call<[number, string?]>(TOOL_START, this.shard(h.chk), args);
    return known === -1 ? undefined : (standing ?? entry);
  }

  async endTool(h: Held, callId: string, entry: string, event: string): Promise<boolean> {
    const args = [h.chk, h.token, h.run_id, callId, entry, event];
    return (await this.call<number>(TOOL_DONE, this.shard(h.chk), args)) === 1;
  }

  async finish(c: FinishCommand): Promise<FinishReply> {
    const shard = this.shard(c.chk);
    const { keys } = this.redis;
    const args = [
      c.chk,
      c.token,
      c.run_id,
      c.status,
      c.result,
      c.dead,
      this.config.deduplicationSeconds,
      this.config.eventLogSeconds,
      this.config.eventLogEvents,
      c.thread_id,
      this.redisConfig.threadExpirySeconds,
      this.channelSeconds(),
      tokens(c.usage),
      c.seen_to ?? '',
      c.events.length,
      ...c.events,
      ...c.rows,
    ];
    const extra = [keys.thread(c.ref), keys.metadata(c.ref)];
    const [outcome, epoch, offset, turns] = await this.call<
      [FinishReply['outcome'], string, number, number?]
    >(FINISH, shard, args, 60_000, extra);
    return outcome === 'ok' ? { outcome, epoch, offset, ...(turns !== undefined && { turns }) } : { outcome };
  }

  /** What finished rounds of the run added, and its tool journal. */
  async history({ chk, run_id }: Held): Promise<{ rounds: string[]; journal: Record<string, string> }> {
    const shard = this.shard(chk);
    return this.redis.attempt(async (client) => {
      const [rounds, journal] = await Promise.all([
        client.lrange(shard.rounds(run_id), 0, -1),
        client.hgetall(shard.journal(run_id)),
      ]);
      return { rounds, journal };
    });
  }

  /** Notes what a run is bound to, once known. */
  async bind({ chk, run_id }: Held, fields: Record<string, string>): Promise<void> {
    await this.redis.attempt((client) => client.hset(this.shard(chk).run(run_id), fields));
  }
}

/** In the order of TOKEN_KINDS. */
function tokens(usage?: Usage): string {
  if (usage === undefined) return '';
  const { input_tokens, output_tokens, cached_tokens = 0, reasoning_tokens = 0 } = usage;
  return [input_tokens, output_tokens, cached_tokens, reasoning_tokens].join(' ');
}
