// Everything about runs that is kept of a user or a channel: found by the lists that ADMIT keeps, stopped, shown, erased. Each
// step may be repeated; what is not finished is found again.
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { channelKey, userKey, userName, type ChannelRef, type Subject } from '#contracts';
import { StateRedis, type ShardKeys } from '#redis';
import { RunStore } from '../run/run-store.js';
import { EraseScripts } from './erase-scripts.js';

/** A run, and the shard that it is in. */
export interface OwnedRun {
  run_id: string;
  shard: ShardKeys;
}

const POLL_MS = 50;
/** Runs asked for at a time. */
const BATCH = 256;

/** As the lists of owners call it. */
export const ownerOf = ({ tenant, kind, name }: Subject): string =>
  kind === 'user' ? `u:${userKey(tenant, userName(name))}` : `c:${channelKey({ tenant, channel: name })}`;

@Injectable()
export class RunErasure {
  constructor(
    private readonly redis: StateRedis,
    private readonly runs: RunStore,
    private readonly scripts: EraseScripts,
  ) {}

  async runsOf(subject: Subject): Promise<OwnedRun[]> {
    const all = await this.members(subject, 'r:');
    return all.map(([shard, run_id]) => ({ shard, run_id }));
  }

  /** Channels that the subject wrote in and that still exist; of a channel itself. */
  async channelsOf(subject: Subject): Promise<ChannelRef[]> {
    if (subject.kind === 'channel') return [{ tenant: subject.tenant, channel: subject.name }];
    const all = await this.members(subject, 'c:');
    const names = await this.redis.attempt((client) =>
      Promise.all(all.map(([shard, chk]) => client.hget(shard.channel(chk), 'name'))),
    );
    return names.flatMap((channel) => (channel === null ? [] : [{ tenant: subject.tenant, channel }]));
  }

  /**
   * Ends what waits or runs, and sends its end nowhere. @returns how many were unfinished, and how many still are after `waitMs`
   */
  async stop(subject: Subject, waitMs: number): Promise<{ stopped: number; open: number }> {
    const unfinished = await this.unfinished(await this.runsOf(subject));
    for (const { shard, run_id } of unfinished) {
      await this.scripts.dropReplies(shard, run_id);
      await this.runs.cancel(run_id);
    }
    const deadline = Date.now() + waitMs;
    let open = await this.unfinished(unfinished);
    while (open.length > 0 && Date.now() < deadline) {
      await delay(POLL_MS);
      open = await this.unfinished(open);
    }
    return { stopped: unfinished.length - open.length, open: open.length };
  }

  /** @returns how many were erased, and how many have not ended and stay */
  async eraseRuns(subject: Subject): Promise<{ erased: number; open: number }> {
    const count = { erased: 0, open: 0 };
    for (const { shard, run_id } of await this.runsOf(subject)) {
      const outcome = await this.scripts.eraseRun(shard, run_id, ownerOf(subject));
      if (outcome !== 'gone') count[outcome]++;
    }
    return count;
  }

  /** Of channels in which nothing is left. @returns how many were forgotten */
  async forgetChannels(subject: Subject): Promise<number> {
    let forgotten = 0;
    const { keys } = this.redis;
    for (const ref of await this.channelsOf(subject)) {
      const chk = channelKey(ref);
      const shard = keys.shardOf(chk);
      if (await this.scripts.forgetChannel(shard, chk, ownerOf(subject), keys.thread(ref))) forgotten++;
    }
    return forgotten;
  }

  /** All that is kept of a run but its events. */
  async *records(subject: Subject): AsyncGenerator<Record<string, unknown>> {
    for (const { shard, run_id } of await this.runsOf(subject)) {
      const [fields, journal, rounds, replies] = await this.redis.attempt((client) =>
        Promise.all([
          client.hgetall(shard.run(run_id)),
          client.hgetall(shard.journal(run_id)),
          client.lrange(shard.rounds(run_id), 0, -1),
          client.lrange(shard.replies(run_id), 0, -1),
        ]),
      );
      if (fields['state'] === undefined) continue;
      yield {
        run_id,
        ...fields,
        ...(Object.keys(journal).length > 0 && { tools: journal }),
        ...(rounds.length > 0 && { rounds }),
        ...(replies.length > 0 && { replies }),
      };
    }
  }

  /** The events of those runs that the channels' logs still hold. */
  async *events(subject: Subject): AsyncGenerator<Record<string, unknown>> {
    const mine = new Set((await this.runsOf(subject)).map(({ run_id }) => run_id));
    for (const ref of await this.channelsOf(subject)) {
      const log = this.redis.keys.shardOf(channelKey(ref)).log(channelKey(ref));
      for (let from = '-'; ;) {
        const start = from;
        const rows = await this.redis.attempt((client) => client.xrange(log, start, '+', 'COUNT', BATCH));
        for (const [id, fields] of rows) {
          const event = JSON.parse(fields[1]!) as { run_id: string };
          if (subject.kind === 'channel' || mine.has(event.run_id))
            yield { channel: ref.channel, offset: Number.parseInt(id, 10), ...event };
        }
        if (rows.length < BATCH) break;
        from = `(${rows.at(-1)![0]}`;
      }
    }
  }

  private async members(subject: Subject, kind: 'r:' | 'c:'): Promise<[shard: ShardKeys, what: string][]> {
    const list = ownerOf(subject);
    // Nobody's key would be the list of nobody.
    if (list === 'u:') return [];
    const { keys } = this.redis;
    const shards = subject.kind === 'channel' ? [keys.shardOf(list.slice(2))] : keys.all();
    const found = await this.redis.attempt((client) =>
      Promise.all(shards.map((shard) => client.zrange(shard.owned(list), '0', '-1'))),
    );
    return found.flatMap((members, i) =>
      members.flatMap((member) =>
        member.startsWith(kind) ? [[shards[i]!, member.slice(2)] as [ShardKeys, string]] : [],
      ),
    );
  }

  private async unfinished(runs: readonly OwnedRun[]): Promise<OwnedRun[]> {
    const open: OwnedRun[] = [];
    for (let at = 0; at < runs.length; at += BATCH) {
      const some = runs.slice(at, at + BATCH);
      const states = await this.redis.attempt((client) =>
        Promise.all(some.map(({ shard, run_id }) => client.hmget(shard.run(run_id), 'state', 'result'))),
      );
      open.push(...some.filter((_, i) => states[i]![0] !== null && states[i]![1] === null));
    }
    return open;
  }
}
