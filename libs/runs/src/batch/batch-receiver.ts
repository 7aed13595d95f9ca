// Asks after batches that are under way, and has their results brought back. A look that fails is made again later; so is a
// distribution that was cut off, because no result counts twice.
import { Injectable, Logger } from '@nestjs/common';
import { CompletionsConfig } from '#config';
import { ParleyError } from '#contracts';
import {
  BatchesClient,
  decideRetry,
  toUpstreamError,
  UpstreamError,
  type Batch,
  type BatchRow,
} from '#openai';
import { BatchReturns } from './batch-returns.js';
import { BatchStore, type BatchRecord } from './batch-store.js';

@Injectable()
export class BatchReceiver {
  private readonly logger = new Logger(BatchReceiver.name);

  constructor(
    private readonly store: BatchStore,
    private readonly client: BatchesClient,
    private readonly returns: BatchReturns,
    private readonly config: CompletionsConfig,
  ) {}

  async poll(signal: AbortSignal): Promise<void> {
    for (const record of await this.store.all()) {
      if (signal.aborted) return;
      if (record.state !== 'running' || Date.now() < record.not_before) continue;
      try {
        await this.look(record, signal);
      } catch (error) {
        if (signal.aborted || (error instanceof ParleyError && !(error instanceof UpstreamError)))
          throw error;
        await this.afterFailure(record, toUpstreamError(error));
      }
    }
    await this.returns.ring();
  }

  private async look(record: BatchRecord, signal: AbortSignal): Promise<void> {
    const batch = await this.find(record);
    if (batch === undefined) return this.returns.giveBack(record, 'lost');
    switch (batch.status) {
      case 'validating':
      case 'in_progress':
        // Whoever it was made for has asked by himself or has been cancelled.
        if (record.wanted <= 0) await this.client.cancel(batch.id);
        return this.lookAgain(record, this.config.batchPollSeconds * 1_000);
      case 'finalizing':
      case 'cancelling':
        return this.lookAgain(record, this.config.batchPollSeconds * 1_000);
      case 'failed':
        this.logger.warn(
          { batch: batch.id, code: batch.errors?.data?.[0]?.code, count: batch.errors?.data?.length },
          'the provider refused a batch',
        );
        return this.returns.giveBack(record, batch.status, batch);
      case 'completed':
      case 'expired':
      case 'cancelled':
        for (const file of [batch.output_file_id, batch.error_file_id])
          if (file) await this.returns.take(record, this.rows(file, signal));
        return this.returns.giveBack(record, batch.status, batch);
      default:
        return batch.status satisfies never;
    }
  }

  private async find({ batch }: BatchRecord): Promise<Batch | undefined> {
    try {
      return await this.client.retrieve(batch!);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** None of a file that was deleted already: its results had been brought back before. */
  private async *rows(file: string, signal: AbortSignal): AsyncGenerator<BatchRow> {
    try {
      yield* this.client.rows(file, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  private async afterFailure(record: BatchRecord, error: UpstreamError): Promise<void> {
    const { tries } = record;
    this.logger.warn({ err: error, batch: record.batch, tries }, 'a batch could not be asked after');
    const decision = decideRetry(error, { burn: tries, max_retries: Infinity });
    const pause = decision.action === 'fail' ? 0 : decision.delay_ms;
    await this.lookAgain(
      { ...record, tries: tries + 1 },
      Math.max(pause, this.config.batchPollSeconds * 1_000),
    );
  }

  private async lookAgain(record: BatchRecord, ms: number): Promise<void> {
    await this.store.note(record, { not_before: Date.now() + ms, tries: record.tries });
  }
}

const isNotFound = (error: unknown): boolean => error instanceof UpstreamError && error.kind === 'not_found';
