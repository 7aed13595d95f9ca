// What a run has said so far, read back from its channel's log, which is the only place that knows.
import { Injectable } from '@nestjs/common';
import type { RunEvent } from '#contracts';
import { StateRedis } from '#redis';
import type { ClaimedRun } from '../run/run-record.js';

const PAGE = 1_000;

@Injectable()
export class RunText {
  constructor(private readonly redis: StateRedis) {}

  /** The text of earlier attempts that still stands; shorter than the run says if the log was trimmed. */
  async read(run: ClaimedRun): Promise<string> {
    if (run.text_length === 0 || run.start_offset === undefined) return '';
    const log = this.redis.keys.shardOf(run.chk).log(run.chk);
    let text = '';
    let from = `${run.start_offset}-0`;
    for (;;) {
      const page = await this.redis.attempt((client) => client.xrange(log, from, '+', 'COUNT', PAGE));
      for (const [, fields] of page) text = follow(text, JSON.parse(fields[1]!) as RunEvent, run.run_id);
      if (page.length < PAGE) return text;
      from = `(${page.at(-1)![0]}`;
    }
  }
}

function follow(text: string, event: RunEvent, runId: string): string {
  if (event.run_id !== runId) return text;
  if (event.type === 'output_text.delta') return text + event.delta;
  return event.type === 'run.reset' ? text.slice(0, event.keep) : text;
}
