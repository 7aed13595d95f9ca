// Keeps the leases of this process alive with one call for all, and tells each run when its lease is lost or
// its user has cancelled. It does not decide what a run then does.
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { RunsConfig } from '#config';
import type { ShardKeys } from '#redis';
import { LeaseScripts } from '../scripts/lease-scripts.js';
import type { Held } from '../run/run-record.js';

export interface LeaseHolder {
  held: Held;
  lost(): void;
  cancelled(): void;
}

interface Lease extends LeaseHolder {
  /** Monotonic ms of the last proof of ownership. */
  provenAt: number;
}

/**
 * While Redis is away nobody can take a channel over, and the fence refuses whoever comes too late; so a run
 * may go on reading its provider for a while in the hope that Redis returns.
 */
const BLIND_MS = 30_000;
const LEASES_PER_CALL = 500;

@Injectable()
export class LeaseKeeper implements OnApplicationShutdown {
  private readonly leases = new Map<string, Lease>();
  private timer: NodeJS.Timeout | undefined;
  private busy = false;

  constructor(
    private readonly scripts: LeaseScripts,
    private readonly config: RunsConfig,
  ) {}

  hold(holder: LeaseHolder): void {
    this.leases.set(holder.held.token, { ...holder, provenAt: performance.now() });
    this.timer ??= setInterval(() => void this.renew(), this.config.leaseMs / 4).unref();
  }

  drop(held: Held): void {
    this.leases.delete(held.token);
  }

  /** The user of a running run has cancelled; false when it does not run here. */
  cancel(runId: string): boolean {
    for (const lease of this.leases.values()) {
      if (lease.held.run_id !== runId) continue;
      lease.cancelled();
      return true;
    }
    return false;
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async renew(): Promise<void> {
    if (this.busy || this.leases.size === 0) return;
    this.busy = true;
    try {
      await Promise.all([...this.byShard()].map(([shard, leases]) => this.renewShard(shard, leases)));
    } catch {
      // Redis is out of reach; the next turn tries again, and `provenAt` tells how long this has lasted.
      this.giveUpTheOld();
    } finally {
      this.busy = false;
    }
  }

  private async renewShard(shard: ShardKeys, leases: Lease[]): Promise<void> {
    for (let i = 0; i < leases.length; i += LEASES_PER_CALL) {
      const page = leases.slice(i, i + LEASES_PER_CALL);
      const asked = performance.now();
      const replies = await this.scripts.renew(
        shard,
        page.map((lease) => lease.held),
        this.config.leaseMs,
      );
      page.forEach((lease, at) => this.settle(lease, replies[at]!, asked));
    }
  }

  private settle(lease: Lease, reply: number, asked: number): void {
    if (!this.leases.has(lease.held.token)) return;
    if (reply === 0) {
      this.leases.delete(lease.held.token);
      lease.lost();
      return;
    }
    lease.provenAt = asked;
    if (reply === 2) lease.cancelled();
  }

  private giveUpTheOld(): void {
    const now = performance.now();
    for (const lease of this.leases.values()) {
      if (now - lease.provenAt < BLIND_MS) continue;
      this.leases.delete(lease.held.token);
      lease.lost();
    }
  }

  private byShard(): Map<ShardKeys, Lease[]> {
    const groups = new Map<ShardKeys, Lease[]>();
    for (const lease of this.leases.values()) {
      const shard = this.scripts.shard(lease.held.chk);
      const group = groups.get(shard);
      if (group) group.push(lease);
      else groups.set(shard, [lease]);
    }
    return groups;
  }
}
