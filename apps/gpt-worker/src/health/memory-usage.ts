// The resident set as a part of health: what the kernel counts when it looks for somebody to kill. A full process is slow and
// near its end, but still does its work, so readiness stays.
import { constrainedMemory, memoryUsage } from 'node:process';
import { totalmem } from 'node:os';
import { Injectable } from '@nestjs/common';
import { HealthConfig } from '#config';
import { HealthRegistry, type PartStatus } from '#telemetry';

const MIB = 1024 * 1024;
/** Of what there is, when no limit is set. */
const SHARE = 0.9;

@Injectable()
export class MemoryUsage {
  /** MiB. */
  private readonly limit: number;

  constructor(config: HealthConfig, health: HealthRegistry) {
    this.limit = config.memoryLimitMb || Math.floor((SHARE * available()) / MIB);
    health.register('memory_usage', { critical: false, check: () => this.check() });
  }

  private check(): PartStatus {
    const used = Math.round(memoryUsage.rss() / MIB);
    if (used < this.limit) return { status: 'up' };
    return { status: 'down', cause: `${used} MiB resident, the limit is ${this.limit}` };
  }
}

/** Bytes that the container, or else the machine, has. A group without a limit says a number beyond the machine's. */
function available(): number {
  const constrained = constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
