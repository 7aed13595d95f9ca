// How much waits, read from Redis when somebody scrapes.
import { Injectable } from '@nestjs/common';
import { StateRedis } from '#redis';
import { Metrics } from '#telemetry';

@Injectable()
export class Backlog {
  constructor(
    private readonly redis: StateRedis,
    private readonly metrics: Metrics,
  ) {
    metrics.beforeScrape(() => this.refresh());
  }

  private async refresh(): Promise<void> {
    const { client, keys } = this.redis;
    const shards = await Promise.all(
      keys
        .all()
        .map((shard) =>
          Promise.all([
            client.hget(shard.counters, 'open').then(Number),
            client.zcard(shard.ready),
            client.zcard(shard.delayed),
          ]),
        ),
    );
    for (const [i, state] of (['open', 'ready', 'delayed'] as const).entries())
      this.metrics.runs.set(
        { state },
        shards.reduce((sum, counts) => sum + counts[i]!, 0),
      );
  }
}
