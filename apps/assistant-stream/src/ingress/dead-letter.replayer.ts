// Replays as background jobs: visible on the board, repeated when the broker or Redis is away for a while.
import { Injectable } from '@nestjs/common';
import { JobHandler, type JobPayloads } from '#jobs';
import { FailedQueue } from '#messaging';
import { DeadLetterStore } from '#runs';

const PAGE = 100;

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

  /** Only what is there now: a run that fails again is a new letter behind them. */
  private async replayAll(): Promise<number> {
    const ids: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await this.letters.list({ limit: PAGE, ...(after !== undefined && { after }) });
      ids.push(...page.items.map((letter) => letter.id));
      if (page.next === undefined) break;
      after = page.next;
    }
    for (const id of ids) await this.letters.replay(id);
    return ids.length;
  }
}
