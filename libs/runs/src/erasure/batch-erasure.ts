// What the batches keep of requests: the line until it is sent, the answer until an hour after it was taken.
import { Injectable } from '@nestjs/common';
import type { Subject } from '#contracts';
import { StateRedis } from '#redis';
import { Limits } from '#usage';
import { batchCallId, BatchStore } from '../batch/batch-store.js';
import { RunErasure } from './run-erasure.js';

@Injectable()
export class BatchErasure {
  constructor(
    private readonly redis: StateRedis,
    private readonly runs: RunErasure,
    private readonly store: BatchStore,
    private readonly limits: Limits,
  ) {}

  async *export(subject: Subject): AsyncGenerator<object> {
    for (const { run_id } of await this.runs.runsOf(subject)) {
      const kept = await this.redis.attempt((client) => client.hgetall(this.keyOf(run_id)));
      if (kept['state'] !== undefined) yield { run_id, ...kept };
    }
  }

  /** A batch that nobody else waits for is cancelled at the provider by who looks after it. @returns how many were removed */
  async erase(subject: Subject): Promise<number> {
    let removed = 0;
    for (const { run_id } of await this.runs.runsOf(subject)) {
      if ((await this.redis.attempt((client) => client.exists(this.keyOf(run_id)))) === 0) continue;
      // Out of its queue and batch first, so that nothing counts on it.
      const asked = await this.store.ask(run_id, true);
      if (asked.state === 'direct' && asked.unsent) await this.limits.release(batchCallId(run_id));
      await this.store.forget(run_id);
      removed++;
    }
    return removed;
  }

  private keyOf(runId: string): string {
    return `${this.redis.keys.batches}r:${runId}`;
  }
}
