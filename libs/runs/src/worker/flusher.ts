// Writes what the pens of this process hold. The policy that won: the first delta goes at once, the next
// flush starts when the last one was acknowledged, and takes everything of every run that has come meanwhile.
// So batches grow with the load and with Redis' latency, and no timer ever adds to it.
import { Injectable } from '@nestjs/common';
import { ParleyError } from '#contracts';
import type { ShardKeys } from '#redis';
import { Metrics } from '#telemetry';
import { LEASE_LOST, AttemptScripts, type AppendBatch } from '../scripts/attempt-scripts.js';
import { RunWriter } from './run-writer.js';

/** Runs in one script call: bounds how long Redis is busy with one of them. */
const RUNS_PER_CALL = 64;
/** What a subscriber may have to wait for the first words of a one-shot answer. */
const SOON_MS = 50;

@Injectable()
export class Flusher {
  private readonly dirty = new Set<RunWriter>();
  private scheduled = false;
  private flushing = false;

  constructor(
    private readonly scripts: AttemptScripts,
    private readonly metrics: Metrics,
  ) {}

  /** Bound, so that a pen can hold it. */
  readonly wants = (writer: RunWriter): void => {
    this.dirty.add(writer);
    this.schedule();
  };

  /** For runs that hardly anybody listens to: what comes within a moment travels together, or with the end. */
  readonly wantsSoon = (writer: RunWriter): void => {
    setTimeout(() => this.wants(writer), SOON_MS);
  };

  private schedule(): void {
    if (this.scheduled || this.flushing || this.dirty.size === 0) return;
    this.scheduled = true;
    // After the sockets that are readable in this turn of the event loop, so that their deltas share a call.
    setImmediate(() => {
      this.scheduled = false;
      void this.flush();
    });
  }

  private async flush(): Promise<void> {
    this.flushing = true;
    try {
      await Promise.all(
        this.collect().map(([shard, writers, batches]) => this.write(shard, writers, batches)),
      );
    } finally {
      this.flushing = false;
      this.schedule();
    }
  }

  private collect(): [ShardKeys, RunWriter[], AppendBatch[]][] {
    const calls: [ShardKeys, RunWriter[], AppendBatch[]][] = [];
    const open = new Map<ShardKeys, [ShardKeys, RunWriter[], AppendBatch[]]>();
    for (const writer of this.dirty) {
      const batch = writer.take();
      if (!batch) continue;
      const shard = this.scripts.shard(batch.chk);
      let call = open.get(shard);
      if (!call || call[1].length >= RUNS_PER_CALL) {
        call = [shard, [], []];
        open.set(shard, call);
        calls.push(call);
      }
      call[1].push(writer);
      call[2].push(batch);
    }
    this.dirty.clear();
    return calls;
  }

  private async write(shard: ShardKeys, writers: RunWriter[], batches: AppendBatch[]): Promise<void> {
    try {
      const replies = await this.scripts.append(shard, batches);
      writers.forEach((writer, i) => {
        const reply = replies[i]!;
        if (reply >= 0) writer.wrote();
        else writer.fail(lost(reply));
      });
      this.metrics.appends.observe(batches.length);
    } catch (error) {
      for (const writer of writers) writer.fail(error);
    }
  }
}

const lost = (reply: number): ParleyError =>
  new ParleyError(
    'state_unavailable',
    reply === LEASE_LOST
      ? 'unable to write the run; another worker owns its channel'
      : 'unable to write the run; its progress is not where this worker left it',
  );
