// The handlers of scheduled clean-ups; the process that imports this, with JobsModule, works on them.
import { Module } from '@nestjs/common';
import { AssistantManagerModule } from '#assistants';
import { OpenaiModule } from '#openai';
import { RunsModule } from '#runs';
import { ThreadsModule } from '#threads';
import { AssistantRefresh } from './assistant-refresh.js';
import { ExpiredDeadLetters } from './expired-dead-letters.js';
import { ExpiredThreads } from './expired-threads.js';

@Module({
  imports: [OpenaiModule, ThreadsModule, RunsModule, AssistantManagerModule],
  providers: [ExpiredThreads, ExpiredDeadLetters, AssistantRefresh],
  exports: [ExpiredThreads, ExpiredDeadLetters],
})
export class RetentionModule {}
