// How much waits as a part of health: beyond the threshold answers come late, though nothing is lost.
import { Injectable } from '@nestjs/common';
import { RunsConfig } from '#config';
import { StateRedis } from '#redis';
import { HealthRegistry, Metrics, type PartStatus } from '#telemetry';

@Injectable()
export class QueueDepth {
  constructor(
    private readonly redis: StateRedis,
    private readonly config: RunsConfig,
    private readonly metrics: Metrics,
    health: HealthRegistry,
  ) {
    health.register('queue_depth', { critical: false, check: () => this.check() });
  }

  private async check(): Promise<PartStatus> {
    const { client, keys } = this.redis;
    const open = await Promise.all(
      keys.all().map(({ counters }) => client.hget(counters, 'open').then(Number)),
    );
    const depth = open.reduce((sum, runs) => sum + runs, 0);
    this.metrics.runs.set({ state: 'open' }, depth);
    const { queueDepthMax } = this.config;
    if (depth <= queueDepthMax) return { status: 'up' };
    return { status: 'down', cause: `${depth} unfinished runs, more than ${queueDepthMax}` };
  }
}
