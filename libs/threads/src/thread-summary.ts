// What stands for a thread's older turns: kept in the thread's own hash, so that it ends with the thread. One that tells of turns which
// were erased goes with them, also when it was still being made.
import { Injectable } from '@nestjs/common';
import { defineScript, StateRedis } from '#redis';
import type { Thread } from './thread.js';

export interface ThreadSummary {
  text: string;
  /** The newest run that it tells of. */
  through: string;
}

export interface KeptSummary {
  summary?: ThreadSummary;
  /** How often turns were erased from the thread: a summary made before that is not kept. */
  erased: number;
}

/** KEYS thread hash; ARGV erasures when the turns were read, summary → 1 when it is kept */
const KEEP_SUMMARY = defineScript(
  'thread-keep-summary',
  `
if redis.call('EXISTS', KEYS[1]) == 0 or (redis.call('HGET', KEYS[1], 'erased') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'summary', ARGV[2])
return 1
`,
);

@Injectable()
export class ThreadSummaries {
  constructor(private readonly redis: StateRedis) {}

  /** To be read before the turns that a new summary is made of. */
  async read(thread: Thread): Promise<KeptSummary> {
    const [json, erased] = await this.redis.attempt((client) =>
      client.hmget(this.keyOf(thread), 'summary', 'erased'),
    );
    return { ...(json && { summary: JSON.parse(json) as ThreadSummary }), erased: Number(erased ?? 0) };
  }

  /** @returns false when something of the thread was erased meanwhile */
  async keep(thread: Thread, { erased }: KeptSummary, summary: ThreadSummary): Promise<boolean> {
    const args = [erased, JSON.stringify(summary)];
    return (await this.redis.run<number>(KEEP_SUMMARY, [this.keyOf(thread)], args)) === 1;
  }

  private keyOf({ chk, id }: Thread): string {
    return this.redis.keys.shardOf(chk).thread(id);
  }
}
