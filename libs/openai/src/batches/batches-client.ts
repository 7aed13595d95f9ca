// OpenAI's Batch API, thinly: files of requests up, batches, files of results down. Knows the API's limits and words,
// nothing of runs; each call is made once, and the caller decides what follows a failure.
import type { Readable } from 'node:stream';
import { toStreamingFile, type OpenAI } from 'openai';
import type { Batch } from 'openai/resources/batches';
import type { ModelCatalogue } from '../catalogue/model-catalogue.js';
import { toUpstreamError } from '../errors/to-upstream-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import type { ModelApi } from '../model/model-client.js';
import type { ModelRequest } from '../model/model-request.js';
import { BATCH_ENDPOINTS, readBatchRow, toBatchLine, type BatchRow } from './batch-lines.js';
import { textLines } from './text-lines.js';

export type { Batch };

/** What one batch may hold, by the provider's word. */
export const BATCH_LIMITS = { requests: 50_000, bytes: 200 * 1024 * 1024 } as const;

const CALL_MS = 30_000;
/** For a file on its way, up or down. */
const FILE_MS = 15 * 60_000;
/** Should nobody come to delete a file: longer than any batch takes. */
const FILE_SECONDS = 3 * 86_400;
/** How far back a batch or a file is looked for. */
const LOOK_BACK = 500;

/** Every method throws UpstreamError. */
export class BatchesClient {
  constructor(
    private readonly openai: OpenAI,
    private readonly api: ModelApi,
    private readonly catalogue: ModelCatalogue,
  ) {}

  /** One request as a row of the file. @param id comes back with its result; at most 64 characters */
  line(id: string, request: ModelRequest): string {
    return toBatchLine(id, request, this.api, this.catalogue);
  }

  /** Sends a file of rows as they come. @returns its id */
  async upload(name: string, rows: AsyncIterable<string>, signal?: AbortSignal): Promise<string> {
    const file = toStreamingFile(encoded(rows), name, { type: 'application/jsonl' });
    const expires_after = { anchor: 'created_at', seconds: FILE_SECONDS } as const;
    const { id } = await told(
      this.openai.files.create({ file, purpose: 'batch', expires_after }, options(FILE_MS, signal)),
    );
    return id;
  }

  /** Files for batches that have this name, newest first. */
  async filesNamed(name: string): Promise<string[]> {
    const query = { purpose: 'batch', order: 'desc', limit: LOOK_BACK } as const;
    const page = await told(this.openai.files.list(query, options(CALL_MS)));
    return page.data.filter(({ filename }) => filename === name).map(({ id }) => id);
  }

  /** @param metadata at most 16 pairs; by them the batch can be found again */
  create(file: string, metadata: Record<string, string>): Promise<Batch> {
    const body = {
      input_file_id: file,
      endpoint: BATCH_ENDPOINTS[this.api],
      completion_window: '24h',
      metadata,
      output_expires_after: { anchor: 'created_at', seconds: FILE_SECONDS },
    } as const;
    return told(this.openai.batches.create(body, options(CALL_MS)));
  }

  retrieve(batch: string): Promise<Batch> {
    return told(this.openai.batches.retrieve(batch, options(CALL_MS)));
  }

  /** The newest batch with that pair in its metadata. */
  async find(key: string, value: string): Promise<Batch | undefined> {
    let seen = 0;
    try {
      for await (const batch of this.openai.batches.list({ limit: 100 }, options(CALL_MS))) {
        if (batch.metadata?.[key] === value) return batch;
        if (++seen >= LOOK_BACK) break;
      }
      return undefined;
    } catch (error) {
      throw toUpstreamError(error);
    }
  }

  /** Asks the provider to stop. One that has ended is left as it is. */
  async cancel(batch: string): Promise<void> {
    await told(this.openai.batches.cancel(batch, options(CALL_MS))).catch(unless(400, 404, 409));
  }

  /** The rows of a file of results, as they are read; those that cannot be told whose they are left out. */
  async *rows(file: string, signal?: AbortSignal): AsyncGenerator<BatchRow> {
    const limit = AbortSignal.timeout(FILE_MS);
    const { body } = await told(
      this.openai.files.content(file, options(FILE_MS, signal ? AbortSignal.any([signal, limit]) : limit)),
    );
    try {
      for await (const text of textLines(body as unknown as Readable)) {
        const row = readBatchRow(text, this.api);
        if (row) yield row;
      }
    } catch (error) {
      throw toUpstreamError(error);
    }
  }

  /** A file that is gone already is no error. */
  async deleteFile(file: string): Promise<void> {
    await told(this.openai.files.delete(file, options(CALL_MS))).catch(unless(404));
  }
}

async function* encoded(rows: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const row of rows) yield Buffer.from(`${row}\n`);
}

const options = (timeout: number, signal?: AbortSignal) => ({ timeout, ...(signal && { signal }) });

const unless =
  (...statuses: number[]) =>
  (error: unknown): void => {
    if (!(error instanceof UpstreamError) || !statuses.includes(error.status ?? 0)) throw error;
  };

async function told<T>(call: PromiseLike<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw toUpstreamError(error);
  }
}
