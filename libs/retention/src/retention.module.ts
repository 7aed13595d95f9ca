// The handlers of scheduled clean-ups; the process that imports this, with JobsModule, works on them.
import { Module } from '@nestjs/common';
import { OpenaiModule } from '#openai';
import { ThreadsModule } from '#threads';
import { ExpiredThreads } from './expired-threads.js';

@Module({ imports: [OpenaiModule, ThreadsModule], providers: [ExpiredThreads], exports: [ExpiredThreads] })
export class RetentionModule {}
