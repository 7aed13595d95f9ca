// Whether the state can be read and written right now, for readiness. Asks the server, because a frozen one still
// holds its connections.
import { Injectable, Optional } from '@nestjs/common';
import { HealthRegistry, type PartStatus } from '#telemetry';
import { StateRedis } from './state-redis.js';

@Injectable()
export class RedisHealth {
  constructor(
    private readonly redis: StateRedis,
    // Absent in the command line, which has no readiness.
    @Optional() health?: HealthRegistry,
  ) {
    health?.register('redis', { critical: true, check: () => this.check() });
  }

  async check(): Promise<PartStatus> {
    const { fault, client, durability } = this.redis;
    if (fault !== undefined) return { status: 'down', cause: fault };
    await client.ping();
    if (durability.faults.length > 0) return { status: 'degraded', cause: durability.faults.join('; ') };
    return { status: 'up' };
  }
}
