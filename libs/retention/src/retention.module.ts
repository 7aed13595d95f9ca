// The handlers of scheduled clean-ups; the process that imports this, with JobsModule, works on them.
import { Module } from '@nestjs/common';
import { OpenaiModule } from '#openai';
import { RunsModule } from '#runs';
import { ThreadsModule } from '#threads';
import { ExpiredDeadLetters } from './expired-dead-letters.js';
import { ExpiredThreads } from './expired-threads.js';

@Module({
  imports: [OpenaiModule, ThreadsModule, RunsModule],
  providers: [ExpiredThreads, ExpiredDeadLetters],
  exports: [ExpiredThreads, ExpiredDeadLetters],
})
export class RetentionModule {}
