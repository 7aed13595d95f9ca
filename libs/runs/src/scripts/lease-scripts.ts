// The scripts by which workers get channels, keep them and give them back, with types. Nothing is decided here.
import { Injectable } from '@nestjs/common';
import { toFields, type ShardKeys } from '#redis';
import { toClaimedRun, type ClaimedRun, type Held } from '../run/run-record.js';
import { CLAIM } from './claim.lua.js';
import { HURRY, RELEASE, RENEW, RING } from './lease.lua.js';
import { RunScripts } from './run-scripts.js';

/** How much a worker can take in one go. */
export interface ClaimRoom {
  runs: number;
  /** Of the large ones among them, together. */
  largeBytes: number;
  /** Whether the first large one is taken whatever its bytes. */
  alone: boolean;
}

export interface Claimed {
  runs: ClaimedRun[];
  /** Leases of dead workers that were taken back. */
  takeovers: number;
  /** A large run was left for want of room; no other large one went before it. */
  left: boolean;
}

@Injectable()
export class LeaseScripts extends RunScripts {
  async claim(shard: ShardKeys, owner: string, claimId: string, room: ClaimRoom): Promise<Claimed> {
    const [takeovers, left, ...claims] = await this.call<
      [number, number, ...[string, string, string, string[], string][]]
    >(CLAIM, shard, [owner, claimId, this.config.leaseMs, room.runs, room.largeBytes, room.alone ? 1 : 0]);
    return {
      takeovers,
      left: left === 1,
      runs: claims.map(([chk, token, id, flat, progress]) =>
        toClaimedRun(chk, token, id, toFields(flat), progress),
      ),
    };
  }

  /** @returns per lease: 0 lost, 1 kept, 2 kept and asked to stop */
  async renew(shard: ShardKeys, held: readonly Held[], waitMs: number): Promise<number[]> {
    const args = held.flatMap(({ chk, token, run_id }) => [chk, token, run_id]);
    return this.call<number[]>(RENEW, shard, [this.config.leaseMs, ...args], waitMs);
  }

  async release(
    { chk, token, run_id }: Held,
    delayMs: number,
    burn: 0 | 1,
    workedMs: number,
    refused: 0 | 1 = 0,
  ): Promise<boolean> {
    const args = [chk, token, run_id, Math.ceil(delayMs), burn, workedMs, refused];
    return (await this.call<number>(RELEASE, this.shard(chk), args)) === 1;
  }

  async ring(chk: string): Promise<boolean> {
    return (await this.call<number>(RING, this.shard(chk), [chk])) === 1;
  }

  /** @returns whether the run is still to end */
  async hurry(chk: string, runId: string): Promise<boolean> {
    return (await this.call<number>(HURRY, this.shard(chk), [chk, runId])) !== -1;
  }
}
