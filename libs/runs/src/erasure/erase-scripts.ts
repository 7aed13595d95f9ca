// The scripts of an erasure, with types. Nothing is decided here.
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { ShardKeys } from '#redis';
import { DROP_REPLIES, ERASE_RUN, FORGET_CHANNEL, TIDY_OWNERS } from '../scripts/erase.lua.js';
import { RunScripts } from '../scripts/run-scripts.js';

/** Owners per script. */
const BATCH = 100;
const DAY_MS = 86_400_000;

@Injectable()
export class EraseScripts extends RunScripts {
  /** @returns `open` for a run that has not ended: it is still there */
  async eraseRun(shard: ShardKeys, runId: string, owner: string): Promise<'erased' | 'gone' | 'open'> {
    const salt = randomBytes(16).toString('base64url');
    const args = [runId, owner, salt, this.config.deduplicationSeconds];
    const done = await this.call<number>(ERASE_RUN, shard, args);
    if (done < 0) return 'open';
    return done === 1 ? 'erased' : 'gone';
  }

  dropReplies(shard: ShardKeys, runId: string): Promise<number> {
    return this.call(DROP_REPLIES, shard, [runId]);
  }

  /** @returns whether nothing of it is left */
  async forgetChannel(shard: ShardKeys, chk: string, owner: string, threadKey: string): Promise<boolean> {
    return (await this.call<number>(FORGET_CHANNEL, shard, [chk, owner], undefined, [threadKey])) === 1;
  }

  /** Lists of what is kept of people, without what is not kept any more. @returns how many were looked at */
  async tidyOwners(): Promise<number> {
    let total = 0;
    for (const shard of this.shards())
      for (let seen = BATCH; seen === BATCH; total += seen)
        seen = await this.call<number>(TIDY_OWNERS, shard, [BATCH, DAY_MS]);
    return total;
  }
}
