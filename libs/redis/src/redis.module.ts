// One state connection per process, closed after everything that may still write to it.
import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { RedisConfig } from '#config';
import { RedisHealth } from './redis-health.js';
import { StateRedis } from './state-redis.js';

@Global()
@Module({
  providers: [
    {
      provide: StateRedis,
      inject: [RedisConfig],
      useFactory: (config: RedisConfig) => new StateRedis(config),
    },
    RedisHealth,
  ],
  exports: [StateRedis],
})
export class RedisModule implements OnApplicationShutdown {
  constructor(private readonly redis: StateRedis) {}

  async onApplicationShutdown(): Promise<void> {
    await this.redis.close();
  }
}
