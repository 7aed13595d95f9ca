// Background jobs for an app: imported anywhere, it can add jobs; where handlers are among the app's providers,
// it also works on their queues.
import { getQueueToken } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import type { Queue } from 'bullmq';
import { QUEUES } from './catalog.js';
import { JobHandlers } from './job-handlers.js';
import { JobQueue } from './job-queue.js';
import { JobWorkers } from './job-workers.js';
import { QueuesModule } from './queues.module.js';

/** Expects `RedisConfig` to be provided. */
@Module({
  imports: [DiscoveryModule, QueuesModule],
  providers: [
    {
      provide: JobQueue,
      inject: QUEUES.map((name) => getQueueToken(name)),
      useFactory: (...queues: Queue[]) => new JobQueue(queues),
    },
    JobHandlers,
    JobWorkers,
  ],
  exports: [JobQueue],
})
export class JobsModule {}
