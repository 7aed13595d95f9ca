// What a proof stands on: a Redis of its own, the scripts on it, and short names for the steps of a run.
import { randomBytes } from 'node:crypto';
import { RedisConfig, RunsConfig } from '#config';
import { channelKey, runIdOf, type RunEvent } from '#contracts';
import { StateRedis, type ShardKeys } from '#redis';
import {
  AttemptScripts,
  DoorScripts,
  LeaseScripts,
  type AdmitReply,
  type ClaimedRun,
  type FinishReply,
} from '#runs';
import { startRedis, type ServiceHandle } from '#testing';

/** What a proof found wrong; nothing when the guard holds. */
export type Proof = (ground: Ground) => Promise<void>;

/** For all that a proof needs. */
const ROOM = { runs: 10, largeBytes: 0, alone: false };

export class Ground {
  readonly complaints: string[] = [];
  readonly ref = { tenant: 'default', channel: 'proof' };
  readonly chk = channelKey(this.ref);

  private constructor(
    readonly service: ServiceHandle,
    readonly state: StateRedis,
    readonly doors: DoorScripts,
    readonly leases: LeaseScripts,
    readonly attempts: AttemptScripts,
  ) {}

  static async open(): Promise<Ground> {
    const service = await startRedis();
    const redisConfig = Object.assign(new RedisConfig(), { url: service.url, prefix: 'proof:' });
    const state = new StateRedis(redisConfig);
    await state.ready(10_000);
    const parts = [state, new RunsConfig(), redisConfig] as const;
    return new Ground(
      service,
      state,
      new DoorScripts(...parts),
      new LeaseScripts(...parts),
      new AttemptScripts(...parts),
    );
  }

  async close(): Promise<void> {
    await this.state.close();
    await this.service.kill9();
    await this.service.stop();
  }

  get shard(): ShardKeys {
    return this.state.keys.shardOf(this.chk);
  }

  /** Complains unless both are the same, as JSON. */
  expect(what: string, got: unknown, wanted: unknown): void {
    const [one, two] = [JSON.stringify(got), JSON.stringify(wanted)];
    if (one !== two) this.complaints.push(`${what}: ${one} instead of ${two}`);
  }

  admit(message_id: string, body = 'hello', reply = '', delivery = ''): Promise<AdmitReply> {
    const run_id = runIdOf(this.ref, message_id);
    return this.doors.admit({
      chk: this.chk,
      run_id,
      hash: body,
      bytes: body.length,
      nonce: randomBytes(6).toString('hex'),
      event: JSON.stringify({ type: 'run.queued', run_id, message_id }),
      reply,
      delivery,
      fields: { ...this.ref, mid: message_id, body, src: 'rest', prio: 0 },
    });
  }

  async claim(owner = 'w1'): Promise<ClaimedRun[]> {
    return (await this.leases.claim(this.shard, owner, randomBytes(6).toString('hex'), ROOM)).runs;
  }

  /** A run in the hands of one worker, then taken over by another: the first one is late. */
  async takenOver(): Promise<{ late: ClaimedRun; owner: ClaimedRun }> {
    await this.admit('m1');
    const [late] = await this.claim('w1');
    await this.state.client.zadd(this.shard.lease, '1', this.chk);
    const [owner] = await this.claim('w2');
    return { late: late!, owner: owner! };
  }

  async append(run: ClaimedRun, before: string, after: string, type: string): Promise<number> {
    const { chk, token, run_id } = run;
    const [reply] = await this.attempts.append(this.shard, [
      {
        chk,
        token,
        run_id,
        before,
        after,
        response_id: '',
        starts: false,
        events: [JSON.stringify({ type })],
      },
    ]);
    return reply!;
  }

  finish(run: ClaimedRun, status: 'completed' | 'cancelled' = 'completed'): Promise<FinishReply> {
    const event = JSON.stringify({ type: `run.${status}` });
    return this.attempts.finish({
      ...run,
      ref: this.ref,
      status,
      events: [event],
      result: event,
      dead: '',
      thread_id: '',
      rows: [],
    });
  }

  /** Types of the stored events. */
  async log(): Promise<string[]> {
    const rows = await this.state.client.xrange(this.shard.log(this.chk), '-', '+');
    return rows.map(([, fields]) => (JSON.parse(fields[1]!) as RunEvent).type);
  }
}
