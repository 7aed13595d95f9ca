// Reading runs, and the one way to cancel them.
import { Injectable } from '@nestjs/common';
import {
  channelKey,
  ERRORS,
  isTerminal,
  type ChannelRef,
  type RunCancelled,
  type RunEnded,
  type RunStatus,
} from '#contracts';
import { StateRedis } from '#redis';
import { toRunRecord, type RunFields, type RunRecord } from './run-record.js';
import { DoorScripts } from '../scripts/door-scripts.js';

export interface Cancellation {
  /** `requested`: a worker has been told to stop; the end follows on the channel. */
  outcome: 'cancelled' | 'requested' | 'already_finished' | 'not_found';
  status?: RunStatus;
  result?: RunEnded;
}

@Injectable()
export class RunStore {
  constructor(
    private readonly redis: StateRedis,
    private readonly scripts: DoorScripts,
  ) {}

  async get(runId: string): Promise<RunRecord | undefined> {
    const fields = await this.fields(runId);
    return fields && toRunRecord(runId, fields);
  }

  /** The unfinished run at the head of a channel. */
  async current(ref: ChannelRef): Promise<RunRecord | undefined> {
    const chk = channelKey(ref);
    const shard = this.redis.keys.shardOf(chk);
    const runId = await this.redis.attempt((client) => client.lindex(shard.inbox(chk), 0));
    return runId === null ? undefined : this.get(runId);
  }

  /**
   * A waiting run ends at once; of a running one the worker is told. The answer is decided by one script, so
   * that it always agrees with the run's end.
   */
  async cancel(runId: string): Promise<Cancellation> {
    const fields = await this.fields(runId);
    if (!fields) return { outcome: 'not_found' };
    const record = toRunRecord(runId, fields);
    const event: RunCancelled = {
      type: 'run.cancelled',
      run_id: runId,
      message_id: record.message_id,
      attempt: record.attempt,
      at: Date.now(),
      thread_id: record.thread_id ?? null,
      code: 'run_cancelled',
      error: ERRORS.run_cancelled.text,
    };
    const chk = fields['chk']!;
    const [outcome, status, result] = await this.scripts.cancel(chk, runId, JSON.stringify(event));
    if (outcome === 'unknown') return { outcome: 'not_found' };
    return {
      outcome: outcome === 'finished' ? 'already_finished' : (outcome as 'cancelled' | 'requested'),
      status,
      ...(result && isTerminal(status) && { result: JSON.parse(result) as RunEnded }),
    };
  }

  /** A run id does not tell its shard, so the few shards are asked at once. */
  private async fields(runId: string): Promise<RunFields | undefined> {
    const found = await this.redis.attempt((client) =>
      Promise.all(this.redis.keys.all().map((shard) => client.hgetall(shard.run(runId)))),
    );
    return found.find((fields) => fields['state'] !== undefined);
  }
}
