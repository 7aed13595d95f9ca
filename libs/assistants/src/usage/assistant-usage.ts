// What runs have used of an assistant and of each of its versions. Counted where runs end (usage.lua.ts), summed up here.
import { Injectable } from '@nestjs/common';
import { StateRedis } from '#redis';

export interface UsageCounts {
  /** That have ended; with what outcome, the next three say. */
  runs: number;
  completed: number;
  failed: number;
  cancelled: number;
  /** Tokens of completed runs, as their `usage` tells them. */
  input_tokens: number;
  output_tokens: number;
  total_tokens: number;
  /** Of the input. */
  cached_tokens: number;
  /** Of the output. */
  reasoning_tokens: number;
}

export interface AssistantUsageReport extends UsageCounts {
  assistant_id: string;
  /** Only those that were used; oldest first. */
  versions: (UsageCounts & { version: number })[];
}

@Injectable()
export class AssistantUsage {
  constructor(private readonly redis: StateRedis) {}

  /** Zeros for an assistant that no run has used, whether it exists or not. */
  async of(tenant: string, id: string): Promise<AssistantUsageReport> {
    const shards = this.redis.keys.all();
    const parts = await this.redis.attempt((client) =>
      Promise.all(shards.map((shard) => client.hgetall(shard.usage(tenant, id)))),
    );
    const sums = new Map<number, Map<string, number>>();
    for (const [name, value] of parts.flatMap((part) => Object.entries(part))) {
      const [version, what] = name.split(':') as [string, string];
      const of = sums.get(Number(version)) ?? new Map<string, number>();
      sums.set(Number(version), of.set(what, (of.get(what) ?? 0) + Number(value)));
    }
    const versions = [...sums]
      .sort(([a], [b]) => a - b)
      .map(([version, of]) => ({ version, ...toCounts((what) => of.get(what) ?? 0) }));
    const total = (what: string): number =>
      [...sums.values()].reduce((sum, of) => sum + (of.get(what) ?? 0), 0);
    return { assistant_id: id, ...toCounts(total), versions };
  }
}

function toCounts(of: (what: string) => number): UsageCounts {
  const [completed, failed, cancelled] = [of('completed'), of('failed'), of('cancelled')];
  return {
    runs: completed + failed + cancelled,
    completed,
    failed,
    cancelled,
    input_tokens: of('input'),
    output_tokens: of('output'),
    total_tokens: of('input') + of('output'),
    cached_tokens: of('cached'),
    reasoning_tokens: of('reasoning'),
  };
}
