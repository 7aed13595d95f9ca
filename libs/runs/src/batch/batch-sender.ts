// Waiting requests → files of them at the provider → batches. Every step is noted before the next, and one that was cut off
// is found again by the batch's name or done anew; a provider that takes no batches gives the requests back.
import { randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { CompletionsConfig } from '#config';
import { isTerminal, ParleyError, type RunStatus } from '#contracts';
import { BATCH_LIMITS, BatchesClient, decideRetry, toUpstreamError, UpstreamError } from '#openai';
import { StateRedis } from '#redis';
import { Limits } from '#usage';
import { batchCallId, BatchStore, type BatchRecord, type Settlement } from './batch-store.js';
import { BatchReturns } from './batch-returns.js';

/** By this a batch is found again at the provider. */
export const BATCH_MARK = 'parley_batch';
/** Bodies in memory at a time; each may hold images. */
const LINES_PER_READ = 16;
const LOOKS_PER_CALL = 500;
/** A file of requests is worth more patience than one of them. */
const RETRIES = 10;

@Injectable()
export class BatchSender {
  private readonly logger = new Logger(BatchSender.name);

  constructor(
    private readonly store: BatchStore,
    private readonly client: BatchesClient,
    private readonly returns: BatchReturns,
    private readonly redis: StateRedis,
    private readonly limits: Limits,
    private readonly config: CompletionsConfig,
  ) {}

  /** Sends what an earlier turn has begun, then what has waited for long enough. */
  async collect(signal: AbortSignal): Promise<void> {
    for (const record of await this.store.all())
      if (record.state !== 'running') await this.send(record, signal);
    const { batchIntervalSeconds, batchMaxRequests } = this.config;
    for (const { model, count, ageMs } of await this.store.waiting()) {
      if (signal.aborted) return;
      if (ageMs < batchIntervalSeconds * 1_000 && count < batchMaxRequests) continue;
      const name = randomBytes(12).toString('hex');
      await this.store.gather(model, name, {
        requests: Math.min(batchMaxRequests, BATCH_LIMITS.requests),
        bytes: BATCH_LIMITS.bytes,
      });
      const record = await this.store.find(name);
      if (record) await this.send(record, signal, true);
    }
  }

  /** @param fresh nobody can have sent any of it yet */
  private async send(record: BatchRecord, signal: AbortSignal, fresh = false): Promise<void> {
    if (signal.aborted || Date.now() < record.not_before) return;
    let at: BatchRecord | undefined = record;
    try {
      if (at.state === 'forming') at = await this.upload(at, signal, fresh);
      if (at?.state === 'uploaded') await this.begin(at, fresh);
    } catch (error) {
      if (signal.aborted || (error instanceof ParleyError && !(error instanceof UpstreamError))) throw error;
      await this.afterFailure(at ?? record, toUpstreamError(error));
    }
  }

  /** @returns undefined when nothing is left to send, or another process was faster */
  private async upload(
    record: BatchRecord,
    signal: AbortSignal,
    fresh: boolean,
  ): Promise<BatchRecord | undefined> {
    const fileName = `parley-${record.name}.jsonl`;
    // Which requests a lost upload held is not known for sure.
    if (!fresh)
      for (const orphan of await this.client.filesNamed(fileName)) await this.client.deleteFile(orphan);
    const runs = await this.wanted(record);
    if (runs.length === 0) {
      await this.store.close(record.name);
      return undefined;
    }
    const file = await this.client.upload(fileName, this.rows(runs), signal);
    if (await this.store.note(record, { state: 'uploaded', file, tries: 0 }))
      return { ...record, state: 'uploaded', file, tries: 0 };
    await this.client.deleteFile(file);
    return undefined;
  }

  private async begin(record: BatchRecord, fresh: boolean): Promise<void> {
    const known = fresh ? undefined : await this.client.find(BATCH_MARK, record.name);
    if (!known && record.wanted <= 0) return this.returns.giveBack(record, 'unwanted');
    const { id } = known ?? (await this.client.create(record.file!, { [BATCH_MARK]: record.name }));
    if (await this.store.note(record, { state: 'running', batch: id, tries: 0, not_before: 0 })) {
      this.logger.log({ batch: id, count: record.count }, 'a batch was sent');
      await this.store.dropLines(await this.store.runs(record.name));
      return;
    }
    const noted = await this.store.find(record.name);
    if (noted?.batch !== id) await this.client.cancel(id);
  }

  /** The runs of a batch that still wait for it; those that have ended or ask by themselves leave it. */
  private async wanted({ name }: BatchRecord): Promise<string[]> {
    const runs = await this.store.runs(name);
    const wanted: string[] = [];
    for (let at = 0; at < runs.length; at += LOOKS_PER_CALL) {
      const part = runs.slice(at, at + LOOKS_PER_CALL);
      const places = await this.store.places(part);
      const open = await this.open(places);
      wanted.push(...open);
      const leaving = part.filter((run_id) => !open.has(run_id));
      const state = (run_id: string): Settlement['state'] => (places.has(run_id) ? 'ended' : 'failed');
      await this.store.settle(
        name,
        leaving.map((run_id) => ({ run_id, state: state(run_id) })),
      );
      // The provider has not heard of them.
      await Promise.all(leaving.map((run_id) => this.limits.release(batchCallId(run_id))));
    }
    return wanted;
  }

  private async open(places: ReadonlyMap<string, string>): Promise<Set<string>> {
    const all = [...places];
    const states = await this.redis.attempt((client) =>
      Promise.all(all.map(([id, chk]) => client.hget(this.redis.keys.shardOf(chk).run(id), 'state'))),
    );
    const open = all.filter((_, i) => states[i] !== null && !isTerminal(states[i] as RunStatus));
    return new Set(open.map(([id]) => id));
  }

  private async *rows(runs: readonly string[]): AsyncGenerator<string> {
    for (let at = 0; at < runs.length; at += LINES_PER_READ)
      yield* await this.store.lines(runs.slice(at, at + LINES_PER_READ));
  }

  private async afterFailure(record: BatchRecord, error: UpstreamError): Promise<void> {
    const { tries } = record;
    const decision = decideRetry(error, { burn: tries, max_retries: RETRIES, parked: tries });
    this.logger.warn({ err: error, count: record.count, tries }, 'a batch could not be sent');
    if (decision.action === 'fail') return this.returns.giveBack(record, error.kind);
    await this.store.note(record, { tries: tries + 1, not_before: Date.now() + decision.delay_ms });
  }
}
