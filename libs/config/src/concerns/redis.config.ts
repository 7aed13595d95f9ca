import { IsBoolean, IsInt, IsString, Matches, Max, Min } from 'class-validator';
import { Env } from '../env.js';

export class RedisConfig {
  @Env('REDIS_URL', 'Where Redis is. With `REDIS_SENTINELS` only its credentials and database are used.')
  @Matches(/^rediss?:\/\//, { message: 'must be a redis:// or rediss:// URL' })
  url: string = 'redis://localhost:6379/0';

  @Env('REDIS_PREFIX', 'Starts every key.')
  @Matches(/^[^{}]{0,100}$/, { message: 'must not hold braces and be at most 100 characters' })
  prefix: string = 'cosmo:';

  @Env('REDIS_SENTINELS', 'host:port list of Sentinels; empty = none.')
  sentinels: string[] = [];

  @Env('REDIS_SENTINEL_NAME', "The master's name at the Sentinels.")
  @IsString()
  sentinelName: string = 'mymaster';

  @Env('REDIS_SHARDS', 'Into how many hash slots the run state is spread. Fixed once data exist.')
  @IsInt()
  @Min(1)
  @Max(256)
  shards: number = 1;

  @Env('REDIS_THREAD_EXPIRY', 'Seconds without activity after which a thread and its content are deleted.')
  @IsInt()
  @Min(1)
  threadExpirySeconds: number = 7_776_000;

  @Env('REDIS_COMMAND_TIMEOUT_MS', 'After this a command counts as unanswered and is sent again.')
  @IsInt()
  @Min(100)
  commandTimeoutMs: number = 5_000;

  @Env(
    'REDIS_STRICT',
    'Refuse to start on a Redis that may lose acknowledged writes (eviction, no fsync). Default: on in production.',
  )
  @IsBoolean()
  strict: boolean = process.env['NODE_ENV'] === 'production';
}
