// The routes of /batches: create, look, list, cancel.

import type { Batch, BatchCreateParams } from 'openai/resources/batches';

import { ApiError } from '../errors.js';
import type { Exchange } from '../http/exchange.js';
import { newId } from '../ids.js';
import { checkMetadata } from '../metadata.js';
import { pageOf } from '../page.js';
import { BatchWork, type BatchParts, type Verdict } from './batch-work.js';

/** Of those that OpenAI takes, the ones that this stand-in can answer. */
const ENDPOINTS: ReadonlySet<unknown> = new Set<BatchCreateParams['endpoint']>([
  '/v1/responses',
  '/v1/chat/completions',
]);
const WINDOW_SECONDS = 86_400;

export class Batches {
  private readonly works = new Map<string, BatchWork>();

  /** @param report told of an error that is the emulator's own fault */
  constructor(
    private readonly parts: BatchParts,
    private readonly report: (error: unknown) => void,
  ) {}

  readonly create = (exchange: Exchange): void => {
    const { clock, files } = this.parts;
    const { input_file_id, endpoint, completion_window, metadata, output_expires_after } = exchange.object();
    if (typeof input_file_id !== 'string') throw ApiError.missing('input_file_id');
    if (!ENDPOINTS.has(endpoint))
      throw ApiError.badRequest(`Invalid value: '${String(endpoint)}'.`, 'endpoint', 'invalid_value');
    if (completion_window !== '24h')
      throw ApiError.badRequest(`Invalid value: expected '24h'.`, 'completion_window', 'invalid_value');
    checkMetadata(metadata);
    const file = files.find(input_file_id);
    if (file === undefined || file.object.purpose !== 'batch')
      throw ApiError.badRequest(
        `Invalid input_file_id: no file of purpose 'batch' has this id.`,
        'input_file_id',
        'invalid_value',
      );
    const created_at = clock.seconds();
    const batch: Batch = {
      id: newId('batch_'),
      object: 'batch',
      endpoint: endpoint as string,
      input_file_id,
      completion_window,
      status: 'validating',
      created_at,
      expires_at: created_at + WINDOW_SECONDS,
      request_counts: { total: 0, completed: 0, failed: 0 },
      metadata: (metadata as Batch['metadata']) ?? null,
    };
    const seconds = (output_expires_after as BatchCreateParams.OutputExpiresAfter | undefined)?.seconds;
    const work = new BatchWork(batch, this.parts, seconds);
    this.works.set(batch.id, work);
    exchange.json(200, batch);
    work.run().catch(this.report);
  };

  readonly retrieve = (exchange: Exchange): void => {
    exchange.json(200, this.work(exchange).batch);
  };

  readonly list = (exchange: Exchange): void => {
    const batches = [...this.works.values()].map(({ batch }) => batch);
    exchange.json(200, pageOf(batches, exchange.query));
  };

  readonly cancel = (exchange: Exchange): void => {
    const work = this.work(exchange);
    if (work.ended) throw new ApiError(409, `Cannot cancel a batch with status '${work.batch.status}'.`);
    work.end('cancelled');
    exchange.json(200, work.batch);
  };

  /** Settings or the clock have changed. */
  poke(): void {
    for (const work of this.works.values()) work.poke();
  }

  /** Ends every batch that has not ended. */
  endAll(verdict: Verdict): void {
    for (const work of this.works.values()) work.end(verdict);
  }

  clear(): void {
    this.endAll('failed');
    this.works.clear();
  }

  private work(exchange: Exchange): BatchWork {
    const id = exchange.params['batch_id']!;
    const work = this.works.get(id);
    if (work === undefined) throw ApiError.notFound(`No batch found with id '${id}'.`);
    return work;
  }
}
