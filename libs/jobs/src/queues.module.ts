// BullMQ's queues as Nest providers, on a connection of their own. Knows no job; workers have another connection,
// because theirs blocks.
import { BullModule } from '@nestjs/bullmq';
import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { RedisConfig } from '#config';
import { connect } from '#redis';
import { DEFAULT_OPTIONS, QUEUES } from './catalog.js';

/** All of BullMQ's keys share one hash slot. */
export const jobsPrefix = (config: RedisConfig): string => `${config.prefix}{jobs}`;

/** BullMQ leaves a connection that it was given open; this one ends with the app, reachable or not. */
@Injectable()
class QueueConnection implements OnApplicationShutdown {
  readonly redis: Redis;

  constructor(config: RedisConfig) {
    this.redis = connect(config, { maxRetriesPerRequest: 1, commandTimeout: config.commandTimeoutMs });
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}

/** Provides each queue of the catalog under its `getQueueToken`. Expects `RedisConfig` to be provided. */
@Module({
  imports: [
    BullModule.forRootAsync({
      extraProviders: [QueueConnection],
      inject: [QueueConnection, RedisConfig],
      useFactory: ({ redis }: QueueConnection, config: RedisConfig) => ({
        connection: redis,
        prefix: jobsPrefix(config),
        defaultJobOptions: DEFAULT_OPTIONS,
        // The version question would be asked once, and a queue that got no answer would stay dead.
        skipVersionCheck: true,
      }),
      // `@JobHandler` marks what is worked on here.
      extraOptions: { manualRegistration: true },
    }),
    BullModule.registerQueue(...QUEUES.map((name) => ({ name }))),
  ],
  exports: [BullModule],
})
export class QueuesModule {}
