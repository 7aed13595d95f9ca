// What was said in conversations, here and at the provider.
import { Injectable } from '@nestjs/common';
import { channelKey, userKey, userName, type Subject } from '#contracts';
import { StateRedis } from '#redis';
import { RunErasure } from '#runs';
import { ThreadErasure, type IsMine } from '#threads';
import type { Erased, PersonalStore } from '../personal-store.js';

@Injectable()
export class Threads implements PersonalStore {
  readonly name = 'threads';

  constructor(
    private readonly redis: StateRedis,
    private readonly runs: RunErasure,
    private readonly threads: ThreadErasure,
  ) {}

  async *export(subject: Subject): AsyncGenerator<object> {
    const isMine = await this.isMine(subject);
    for (const ref of await this.runs.channelsOf(subject)) yield* this.threads.export(ref, isMine);
  }

  async erase(subject: Subject): Promise<Erased> {
    const isMine = await this.isMine(subject);
    const sum = { removed: 0, left: 0 };
    for (const ref of await this.runs.channelsOf(subject)) {
      const chk = channelKey(ref);
      const inbox = this.redis.keys.shardOf(chk).inbox(chk);
      const waiting = await this.redis.attempt((client) => client.llen(inbox));
      const { threads, turns, left } = await this.threads.erase(ref, isMine, waiting > 0);
      sum.removed += threads + turns;
      sum.left += left;
    }
    sum.left += await this.threads.deleteOrphans();
    return sum;
  }

  private async isMine({ tenant, kind, name }: Subject): Promise<IsMine> {
    if (kind === 'channel') return () => true;
    const key = userKey(tenant, userName(name));
    const runs = new Set((await this.runs.runsOf({ tenant, kind, name })).map(({ run_id }) => run_id));
    return ({ by, run_id }) => by === key || runs.has(run_id);
  }
}
