// The doorbell as a delayed job, so that every retry can be seen, and hurried, in the queues' board.
import { Injectable } from '@nestjs/common';
import { JobHandler, JobQueue, type JobPayloads } from '#jobs';
import { RetryDoorbell } from './retry-doorbell.js';
import type { ClaimedRun } from '../run/run-record.js';
import { LeaseScripts } from '../scripts/lease-scripts.js';

@Injectable()
export class JobDoorbell extends RetryDoorbell {
  constructor(
    private readonly jobs: JobQueue,
    private readonly scripts: LeaseScripts,
  ) {
    super();
  }

  async schedule({ run_id, chk, attempt }: ClaimedRun, delayMs: number): Promise<void> {
    const payload = { run_id, chk, shard: this.scripts.shard(chk).index };
    await this.jobs.add('run-retry', payload, { id: `${run_id}-${attempt}`, delayMs });
  }

  @JobHandler('run-retry')
  async ring({ chk }: JobPayloads['run-retry']): Promise<{ rung: boolean }> {
    return { rung: await this.scripts.ring(chk) };
  }
}
