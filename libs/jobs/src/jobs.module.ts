// Background jobs for an app: imported anywhere, it can add jobs; where handlers are among the app's providers,
// it also works on their queues.
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { JobHandlers } from './job-handlers.js';
import { JobQueue } from './job-queue.js';
import { JobWorkers } from './job-workers.js';

/** Expects `RedisConfig` to be provided. */
@Module({
  imports: [DiscoveryModule],
  providers: [JobQueue, JobHandlers, JobWorkers],
  exports: [JobQueue],
})
export class JobsModule {}
