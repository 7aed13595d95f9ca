// Brings what became of requests back to their runs: kept until the run takes it up, whose channel may then go at once. A result
// that nobody waits for any more is counted, because it was paid for.
import { Injectable, Logger } from '@nestjs/common';
import { BatchesClient, type Batch, type BatchRow, type ModelOutcome } from '#openai';
import { StateRedis } from '#redis';
import { Metrics } from '#telemetry';
import { Limits } from '#usage';
import { billed } from '../engine/usage.js';
import { LeaseScripts } from '../scripts/lease-scripts.js';
import { batchCallId, BatchStore, type BatchRecord, type Settled, type Settlement } from './batch-store.js';

const PER_CALL = 200;

@Injectable()
export class BatchReturns {
  private readonly logger = new Logger(BatchReturns.name);

  constructor(
    private readonly store: BatchStore,
    private readonly client: BatchesClient,
    private readonly scripts: LeaseScripts,
    private readonly metrics: Metrics,
    private readonly limits: Limits,
    private readonly redis: StateRedis,
  ) {}

  /** Rows of results, as they come. */
  async take({ name }: BatchRecord, rows: AsyncIterable<BatchRow>): Promise<void> {
    let held: Settlement[] = [];
    for await (const row of rows) {
      held.push(toSettlement(row));
      if (held.length < PER_CALL) continue;
      await this.settle(name, held);
      held = [];
    }
    await this.settle(name, held);
  }

  /** Whoever has no result yet asks as any other request does; then nothing is left of the batch, here or there. */
  async giveBack(record: BatchRecord, outcome: string, batch?: Batch): Promise<void> {
    const left = await this.store.runs(record.name);
    for (let at = 0; at < left.length; at += PER_CALL)
      await this.settle(
        record.name,
        left.slice(at, at + PER_CALL).map((run_id) => ({ run_id, state: 'failed' })),
      );
    const { output_file_id, error_file_id } = batch ?? {};
    for (const file of [output_file_id, error_file_id, record.file])
      if (file) await this.client.deleteFile(file);
    await this.store.close(record.name);
    this.metrics.batches.inc({ outcome });
    this.logger.log(
      { batch: record.batch, outcome, count: record.count, pending: left.length },
      'a batch has ended',
    );
  }

  /** Rings again for those that did not hear it: their worker was about to let go, or this process died in between. */
  async ring(): Promise<void> {
    const due = Object.entries(await this.store.due());
    for (let at = 0; at < due.length; at += PER_CALL)
      await Promise.all(due.slice(at, at + PER_CALL).map(([run_id, chk]) => this.hurry(run_id, chk)));
  }

  private async settle(name: string, results: readonly Settlement[]): Promise<void> {
    const settled = await this.store.settle(name, results);
    await Promise.all(results.map((result, i) => this.tell(result, settled[i])));
  }

  private async tell({ run_id, state, outcome }: Settlement, settled: Settled | undefined): Promise<void> {
    if (!settled) return;
    if (!settled.wanted) return this.abandoned(run_id, settled.chk, outcome);
    if (await this.hurry(run_id, settled.chk)) this.metrics.batchRequests.inc({ outcome: state });
  }

  /** @returns whether the run is still to end */
  private async hurry(runId: string, chk: string): Promise<boolean> {
    if (await this.scripts.hurry(chk, runId)) return true;
    await this.abandoned(runId, chk, await this.store.forget(runId));
    return false;
  }

  /** Paid for and used by nobody. */
  private async abandoned(run_id: string, chk: string, outcome: ModelOutcome | undefined): Promise<void> {
    this.metrics.batchRequests.inc({ outcome: 'abandoned' });
    if (!outcome) return this.limits.release(batchCallId(run_id));
    const { model, usage } = outcome;
    this.metrics.batchAbandonedTokens.inc(usage.total_tokens);
    this.logger.log({ run_id, model, tokens: usage.total_tokens }, 'an answer of a batch came too late');
    const run = this.redis.keys.shardOf(chk).run(run_id);
    const [tenant, user, source] = await this.redis.attempt((client) =>
      client.hmget(run, 'tenant', 'usr', 'src'),
    );
    // Erased: nobody knows whose it was but the reservation, which is counted whole when it is given up.
    if (!tenant || !source) return;
    const whose = { tenant, user: user ?? undefined, source, kind: 'text' };
    await this.limits.settle(batchCallId(run_id), {
      ...whose,
      outcome: 'cancelled',
      model,
      ...billed(outcome),
    });
  }
}

/** What a run needs of an answer: no round follows, so nothing is to be replayed. */
function toSettlement(row: BatchRow): Settlement {
  const run_id = row.custom_id;
  return 'error' in row
    ? { run_id, state: 'failed' }
    : { run_id, state: 'answered', outcome: { ...row.outcome, items: [] } };
}
