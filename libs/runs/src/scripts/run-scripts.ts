// The scripts with types: one method each, one round trip each. Nothing is decided here.
import { Injectable } from '@nestjs/common';
import type { ChannelRef, RunStatus, TerminalStatus } from '#contracts';
import { RedisConfig, RunsConfig } from '#config';
import { StateRedis, type Script, type ScriptArgument, type ShardKeys } from '#redis';
import { ADMIT } from './admit.lua.js';
import { APPEND } from './append.lua.js';
import { CANCEL } from './cancel.lua.js';
import { CLAIM } from './claim.lua.js';
import { FINISH } from './finish.lua.js';
import { RELEASE, RENEW, RING } from './lease.lua.js';
import { ROUND, TOOL_DONE, TOOL_START } from './tool.lua.js';
import { toClaimedRun, toFields, type ClaimedRun } from '../run/run-record.js';

export interface AdmitCommand {
  chk: string;
  run_id: string;
  hash: string;
  bytes: number;
  /** A random name; becomes the log's identity if the channel is new, and marks this admission. */
  nonce: string;
  event: string;
  /** As `toAddress` writes it; '' = nobody asked for a reply. */
  reply: string;
  fields: Record<string, string | number>;
}

export interface AdmitReply {
  outcome: 'accepted' | 'duplicate' | 'conflict' | 'full' | 'busy';
  run_id: string;
  status: RunStatus;
  epoch: string;
  offset: number;
  result: string;
  /** False when the run has as many reply addresses as it may; then none was added. */
  heard: boolean;
}

/** Names a run in a worker's hands for every guarded step. */
export type Held = Pick<ClaimedRun, 'chk' | 'token' | 'run_id'>;

export interface AppendBatch extends Held {
  before: string;
  after: string;
  sequence: number;
  response_id: string;
  text_length: number;
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
}

export type FinishReply =
  { outcome: 'ok'; epoch: string; offset: number } | { outcome: 'fenced' | 'cancelled' };

/** APPEND's refusals in place of an offset. */
export const LEASE_LOST = -1;
export const PROGRESS_DIFFERS = -2;

/** Somebody waits at a door: better a clear "try again" soon than an answer late. */
const ADMIT_WAIT_MS = 4_000;

@Injectable()
export class RunScripts {
  constructor(
    private readonly redis: StateRedis,
    private readonly config: RunsConfig,
    private readonly redisConfig: RedisConfig,
  ) {}

  async admit(c: AdmitCommand): Promise<AdmitReply> {
    const { config } = this;
    const reply = await this.call<[string, string, string?, string?, number?, string?, number?]>(
      ADMIT,
      this.shard(c.chk),
      [
        c.chk,
        c.nonce,
        c.run_id,
        c.hash,
        c.bytes,
        config.channelBacklog,
        config.highWaterRuns,
        config.highWaterBytes,
        config.eventLogSeconds,
        this.channelSeconds(),
        c.event,
        c.reply,
        ...Object.entries(c.fields).flat(),
      ],
      ADMIT_WAIT_MS,
    );
    const [outcome, run_id, status, epoch, offset, result, heard] = reply;
    return {
      outcome: outcome as AdmitReply['outcome'],
      run_id,
      status: (status ?? 'queued') as RunStatus,
      epoch: epoch ?? '',
      offset: offset ?? 0,
      result: result ?? '',
      heard: heard !== 0,
    };
  }

  async claim(
    shard: ShardKeys,
    owner: string,
    claimId: string,
    want: number,
  ): Promise<{ takeovers: number; runs: ClaimedRun[] }> {
    const [takeovers, ...claims] = await this.call<[number, ...[string, string, string, string[]][]]>(
      CLAIM,
      shard,
      [owner, claimId, this.config.leaseMs, want],
    );
    return {
      takeovers,
      runs: claims.map(([chk, token, id, flat]) => toClaimedRun(chk, token, id, toFields(flat))),
    };
  }

  /** @returns per lease: 0 lost, 1 kept, 2 kept and asked to stop */
  async renew(shard: ShardKeys, held: readonly Held[], waitMs: number): Promise<number[]> {
    const args = held.flatMap(({ chk, token, run_id }) => [chk, token, run_id]);
    return this.call<number[]>(RENEW, shard, [this.config.leaseMs, ...args], waitMs);
  }

  async release(
    { chk, token, run_id }: Held,
    delayMs: number,
    burn: 0 | 1,
    workedMs: number,
  ): Promise<boolean> {
    const args = [chk, token, run_id, Math.ceil(delayMs), burn, workedMs];
    return (await this.call<number>(RELEASE, this.shard(chk), args)) === 1;
  }

  async ring(chk: string): Promise<boolean> {
    return (await this.call<number>(RING, this.shard(chk), [chk])) === 1;
  }

  /** All batches must belong to one shard. */
  async append(shard: ShardKeys, batches: readonly AppendBatch[]): Promise<number[]> {
    const args: ScriptArgument[] = [];
    for (const b of batches) {
      args.push(b.chk, b.token, b.run_id, b.before, b.after, b.sequence, b.response_id, b.text_length);
      args.push(b.starts ? 1 : 0, b.events.length, ...b.events);
    }
    return this.call<number[]>(APPEND, shard, args);
  }

  async endRound({ chk, token, run_id }: Held, round: number, items: readonly string[]): Promise<boolean> {
    const args = [chk, token, run_id, round, round + 1, ...items];
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
      c.events.length,
      ...c.events,
      ...c.rows,
    ];
    const extra = [keys.thread(c.ref), keys.metadata(c.ref)];
    const [outcome, epoch, offset] = await this.call<[FinishReply['outcome'], string, number]>(
      FINISH,
      shard,
      args,
      60_000,
      extra,
    );
    return outcome === 'ok' ? { outcome, epoch, offset } : { outcome };
  }

  async cancel(chk: string, runId: string, event: string): Promise<[string, RunStatus, string]> {
    return this.call(CANCEL, this.shard(chk), [runId, event, this.config.deduplicationSeconds]);
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

  shards(): readonly ShardKeys[] {
    return this.redis.keys.all();
  }

  shard(chk: string): ShardKeys {
    return this.redis.keys.shardOf(chk);
  }

  /** A channel's offsets must outlive whatever a subscriber may still hold a cursor of. */
  private channelSeconds(): number {
    return Math.max(this.redisConfig.threadExpirySeconds, this.config.eventLogSeconds * 2);
  }

  private call<T>(
    script: Script,
    shard: ShardKeys,
    args: readonly ScriptArgument[],
    waitMs?: number,
    extraKeys: readonly string[] = [],
  ): Promise<T> {
    // The generation is read when the script is sent, which may be after a restart of Redis.
    const withGeneration = (): ScriptArgument[] => [shard.base, this.redis.generation, ...args];
    return this.redis.run<T>(script, [shard.counters, ...extraKeys], withGeneration, waitMs);
  }
}
