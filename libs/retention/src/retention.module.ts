// The handlers of scheduled clean-ups; the process that imports this, with JobsModule, works on them.
import { Module } from '@nestjs/common';
import { AssistantManagerModule } from '#assistants';
import { OpenaiModule } from '#openai';
import { JobsModule } from '#jobs';
import { RunsModule } from '#runs';
import { ThreadsModule } from '#threads';
import { UsageModule } from '#usage';
import { ErasureJob } from './erasure/erasure.job.js';
import { ErasureModule } from './erasure/erasure.module.js';
import { AssistantRefresh } from './assistant-refresh.js';
import { ExpiredDeadLetters } from './expired-dead-letters.js';
import { ExpiredThreads } from './expired-threads.js';
import { ExpiredUsage } from './expired-usage.js';

@Module({
  imports: [
    OpenaiModule,
    ThreadsModule,
    RunsModule,
    AssistantManagerModule,
    UsageModule,
    ErasureModule,
    JobsModule,
  ],
  providers: [ExpiredThreads, ExpiredDeadLetters, AssistantRefresh, ExpiredUsage, ErasureJob],
  exports: [ExpiredThreads, ExpiredDeadLetters],
})
export class RetentionModule {}
