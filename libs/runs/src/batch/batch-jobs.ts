// The clock of the batches: jobs every few seconds, of which one process in the cluster does each. What they find to do stands
// in Redis, so a lost job costs its few seconds.
import { Injectable } from '@nestjs/common';
import { JobHandler } from '#jobs';
import { BatchReceiver } from './batch-receiver.js';
import { BatchSender } from './batch-sender.js';
import { BatchTurn } from './batch-turn.js';

@Injectable()
export class BatchJobs {
  constructor(
    private readonly turn: BatchTurn,
    private readonly sender: BatchSender,
    private readonly receiver: BatchReceiver,
  ) {}

  /** @returns whether it was this process' turn */
  @JobHandler('batch-collect')
  collect(): Promise<boolean> {
    return this.turn.take('collect', (signal) => this.sender.collect(signal));
  }

  @JobHandler('batch-poll')
  poll(): Promise<boolean> {
    return this.turn.take('poll', (signal) => this.receiver.poll(signal));
  }
}
