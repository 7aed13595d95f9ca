// Removes dead letters that nobody replayed or removed in time: they hold the text of messages.
import { Injectable } from '@nestjs/common';
import { RunsConfig } from '#config';
import { JobHandler } from '#jobs';
import { DeadLetterStore } from '#runs';

@Injectable()
export class ExpiredDeadLetters {
  constructor(
    private readonly letters: DeadLetterStore,
    private readonly config: RunsConfig,
  ) {}

  /** @returns how many were removed; the job's result */
  @JobHandler('expired-dead-letters')
  run(): Promise<number> {
    return this.letters.expire(Date.now() - this.config.deadLetterSeconds * 1_000);
  }
}
