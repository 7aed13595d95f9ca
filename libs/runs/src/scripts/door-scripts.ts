// The scripts that doors call, with types: one method each, one round trip each. Nothing is decided here.
import { Injectable } from '@nestjs/common';
import type { RunStatus } from '#contracts';
import { ADMIT } from './admit.lua.js';
import { CANCEL } from './cancel.lua.js';
import { REFUSE } from './refuse.lua.js';
import { RunScripts } from './run-scripts.js';

export interface AdmitCommand {
  chk: string;
  run_id: string;
  hash: string;
  bytes: number;
  /** A random name; becomes the log's identity if the channel is new, and marks this admission. */
  nonce: string;
  event: string;
  /** As `toAddress` writes it; '' = nobody asked for a reply. */
  reply: string;
  /** Names this very delivery of the broker; '' when it has no name that stays the same. */
  delivery: string;
  /** Key of the user whose it is. */
  who?: string;
  /** No worker need be woken: one looks for it by itself. */
  quiet?: boolean;
  fields: Record<string, string | number>;
}

export interface AdmitReply {
  outcome: 'accepted' | 'duplicate' | 'conflict' | 'full' | 'busy' | 'erased';
  run_id: string;
  status: RunStatus;
  epoch: string;
  offset: number;
  result: string;
  /** False when the run has as many reply addresses as it may; then none was added. */
  heard: boolean;
}

/** Somebody waits at a door: better a clear "try again" soon than an answer late. */
const ADMIT_WAIT_MS = 4_000;

/** A delivery is repeated after a crash, so this is how long all consumers may stay away. */
const REFUSAL_SECONDS = 24 * 3600;

@Injectable()
export class DoorScripts extends RunScripts {
  async admit(c: AdmitCommand): Promise<AdmitReply> {
    const { config } = this;
    const reply = await this.call<[string, string, string?, string?, number?, string?, number?]>(
      ADMIT,
      this.shard(c.chk),
      [
        c.chk,
        c.nonce,
        c.run_id,
        c.hash,
        c.bytes,
        config.channelBacklog,
        config.highWaterRuns,
        config.highWaterBytes,
        config.eventLogSeconds,
        this.channelSeconds(),
        c.event,
        c.reply,
        c.delivery,
        c.who ?? '',
        config.deduplicationSeconds,
        c.quiet ? 1 : 0,
        ...Object.entries(c.fields).flat(),
      ],
      ADMIT_WAIT_MS,
    );
    const [outcome, run_id, status, epoch, offset, result, heard] = reply;
    return {
      outcome: outcome as AdmitReply['outcome'],
      run_id,
      status: (status ?? 'queued') as RunStatus,
      epoch: epoch ?? '',
      offset: offset ?? 0,
      result: result ?? '',
      heard: heard !== 0,
    };
  }

  /** Notes a refusal for an address, once for a delivery. */
  async refuse(chk: string, delivery: string, reply: string, refusal: string): Promise<void> {
    const shard = this.shard(chk);
    const args = [reply, refusal, REFUSAL_SECONDS];
    await this.call(REFUSE, shard, args, ADMIT_WAIT_MS, [shard.refused(delivery)]);
  }

  async cancel(chk: string, runId: string, event: string): Promise<[string, RunStatus, string]> {
    return this.call(CANCEL, this.shard(chk), [runId, event, this.config.deduplicationSeconds]);
  }
}
