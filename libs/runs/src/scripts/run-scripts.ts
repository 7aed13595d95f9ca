// How the scripts of the runs are called: their shard, the generation, how long an answer is waited for. Which script
// does what is said by the classes below this one, one for each kind of caller.
import { Injectable } from '@nestjs/common';
import { RedisConfig, RunsConfig } from '#config';
import { StateRedis, type Script, type ScriptArgument, type ShardKeys } from '#redis';

@Injectable()
export abstract class RunScripts {
  constructor(
    protected readonly redis: StateRedis,
    protected readonly config: RunsConfig,
    protected readonly redisConfig: RedisConfig,
  ) {}

  shards(): readonly ShardKeys[] {
    return this.redis.keys.all();
  }

  shard(chk: string): ShardKeys {
    return this.redis.keys.shardOf(chk);
  }

  /** A channel's offsets must outlive whatever a subscriber may still hold a cursor of. */
  protected channelSeconds(): number {
    return Math.max(this.redisConfig.threadExpirySeconds, this.config.eventLogSeconds * 2);
  }

  protected call<T>(
    script: Script,
    shard: ShardKeys,
    args: readonly ScriptArgument[],
    waitMs?: number,
    extraKeys: readonly string[] = [],
  ): Promise<T> {
    // The generation is read when the script is sent, which may be after a restart of Redis.
    const withGeneration = (): ScriptArgument[] => [shard.base, this.redis.generation, ...args];
    return this.redis.run<T>(script, [shard.counters, ...extraKeys], withGeneration, waitMs);
  }
}
