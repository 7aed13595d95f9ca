// Replays as background jobs: visible on the board, repeated when the broker or Redis is away for a while.
import { Injectable } from '@nestjs/common';
import { ParleyError } from '#contracts';
import { JobHandler, type JobPayloads } from '#jobs';
import { FailedQueue } from '#messaging';
import { DeadLetterStore } from '#runs';

@Injectable()
export class DeadLetterReplayer {
  constructor(
    private readonly failed: FailedQueue,
    private readonly letters: DeadLetterStore,
  ) {}

  /** @returns how many were replayed; the job's result */
  @JobHandler('dead-letter-replay')
  async replay({ source, id }: JobPayloads['dead-letter-replay']): Promise<number> {
    if (source === 'rabbitmq') return this.failed.replay(id);
    if (id === 'all') return this.replayAll();
    await this.letters.replay(id);
    return 1;
  }

  private async replayAll(): Promise<number> {
    const { replayed, kept } = await this.letters.replayAll();
    // The job comes again for those whose channel was full.
    if (kept > 0)
      throw new ParleyError(
        'channel_backlog_full',
        `unable to replay ${kept} dead letters; their channels are full`,
      );
    return replayed;
  }
}
