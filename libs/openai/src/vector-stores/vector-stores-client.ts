// The vector stores of one account: stores, their files one by one and in batches, search. Knows the API's limits and words; who made a store
// and when it goes is not known here.
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenAI } from 'openai';
import type {
  VectorStore,
  VectorStoreCreateParams,
  VectorStoreSearchParams,
  VectorStoreSearchResponse,
  VectorStoreUpdateParams,
} from 'openai/resources/vector-stores/vector-stores';
import type { FileCreateParams, FileListParams, VectorStoreFile } from 'openai/resources/vector-stores/files';
import type {
  FileBatchCreateParams,
  VectorStoreFileBatch,
} from 'openai/resources/vector-stores/file-batches';
import type { ProviderCalls } from '../accounts/provider-calls.js';
import { orAbsent, removed, type Removed } from '../files/files-client.js';

export type {
  VectorStore,
  VectorStoreCreateParams,
  VectorStoreFile,
  VectorStoreFileBatch,
  VectorStoreSearchParams,
  VectorStoreSearchResponse,
  VectorStoreUpdateParams,
};
export type StoreFileParams = FileCreateParams;
export type StoreFileQuery = Pick<FileListParams, 'order' | 'filter' | 'after'>;
export type BatchedFile = FileBatchCreateParams.File;

/** What the provider takes. */
export const VECTOR_STORE_LIMITS = {
  /** Files of a new store, and of one batch here, so that its progress can be seen. */
  files: 500,
  attributes: 16,
  attribute_key: 64,
  attribute_text: 512,
  results: 50,
  days: { least: 1, most: 365 },
} as const;

/** How long indexing is waited for. */
export const INDEXING_MS = 120_000;

const CALL_MS = 30_000;
const PAGE = 100;
const LOOK_MS = { first: 100, most: 5_000 };

/** Every method throws what {@link ProviderCalls.make} throws. */
export class VectorStoresClient {
  constructor(
    private readonly openai: OpenAI,
    private readonly calls: ProviderCalls,
  ) {}

  create(body: VectorStoreCreateParams, signal?: AbortSignal): Promise<VectorStore> {
    return this.make(() => this.openai.vectorStores.create(body, options(signal)), signal);
  }

  /** @returns undefined when there is none */
  get(store: string, signal?: AbortSignal): Promise<VectorStore | undefined> {
    return orAbsent(this.make(() => this.openai.vectorStores.retrieve(store, options(signal)), signal));
  }

  update(store: string, body: VectorStoreUpdateParams, signal?: AbortSignal): Promise<VectorStore> {
    return this.make(() => this.openai.vectorStores.update(store, body, options(signal)), signal);
  }

  /** Newest first. */
  list(signal?: AbortSignal): AsyncGenerator<VectorStore> {
    return this.pages(
      (query) => this.openai.vectorStores.list({ ...query, order: 'desc' }, options(signal)),
      signal,
    );
  }

  /** Its files stay where they are. */
  delete(store: string, signal?: AbortSignal): Promise<Removed> {
    return removed(this.make(() => this.openai.vectorStores.delete(store, options(signal)), signal));
  }

  attach(store: string, body: StoreFileParams, signal?: AbortSignal): Promise<VectorStoreFile> {
    return this.make(() => this.openai.vectorStores.files.create(store, body, options(signal)), signal);
  }

  /** @returns undefined when the store has no such file */
  file(store: string, file: string, signal?: AbortSignal): Promise<VectorStoreFile | undefined> {
    const where = { vector_store_id: store };
    return orAbsent(
      this.make(() => this.openai.vectorStores.files.retrieve(file, where, options(signal)), signal),
    );
  }

  /** @param wanted in which order, of which status, after which id; absent = the newest first */
  files(store: string, wanted: StoreFileQuery = {}, signal?: AbortSignal): AsyncGenerator<VectorStoreFile> {
    return this.pages(
      (query) => this.openai.vectorStores.files.list(store, { ...wanted, ...query }, options(signal)),
      signal,
    );
  }

  /** @returns undefined when the store has no such file */
  setAttributes(
    store: string,
    file: string,
    attributes: Record<string, string | number | boolean>,
  ): Promise<VectorStoreFile | undefined> {
    const body = { vector_store_id: store, attributes };
    return orAbsent(this.make(() => this.openai.vectorStores.files.update(file, body, options())));
  }

  /** The file itself stays. */
  detach(store: string, file: string, signal?: AbortSignal): Promise<Removed> {
    const where = { vector_store_id: store };
    return removed(
      this.make(() => this.openai.vectorStores.files.delete(file, where, options(signal)), signal),
    );
  }

  /** The text that the index made of it; undefined when the store has no such file. */
  async content(store: string, file: string, signal?: AbortSignal): Promise<string | undefined> {
    const where = { vector_store_id: store };
    const page = await orAbsent(
      this.make(() => this.openai.vectorStores.files.content(file, where, options(signal)), signal),
    );
    return page?.data.map(({ text = '' }) => text).join('\n');
  }

  /** @param files at most {@link VECTOR_STORE_LIMITS}.files */
  attachAll(store: string, files: BatchedFile[], signal?: AbortSignal): Promise<VectorStoreFileBatch> {
    return this.make(
      () => this.openai.vectorStores.fileBatches.create(store, { files }, options(signal)),
      signal,
    );
  }

  /** @returns undefined when there is none */
  batch(store: string, batch: string, signal?: AbortSignal): Promise<VectorStoreFileBatch | undefined> {
    const where = { vector_store_id: store };
    const look = () => this.openai.vectorStores.fileBatches.retrieve(batch, where, options(signal));
    return orAbsent(this.make(look, signal));
  }

  async cancelBatch(store: string, batch: string): Promise<void> {
    const where = { vector_store_id: store };
    await this.make(() => this.openai.vectorStores.fileBatches.cancel(batch, where, options()));
  }

  /** The files of a batch that could not be indexed. */
  failedOf(store: string, batch: string, signal?: AbortSignal): AsyncGenerator<VectorStoreFile> {
    const where = { vector_store_id: store, filter: 'failed' } as const;
    return this.pages(
      (query) =>
        this.openai.vectorStores.fileBatches.listFiles(batch, { ...query, ...where }, options(signal)),
      signal,
    );
  }

  /**
   * Looks again and again until `seen` is not in progress, more and more seldom.
   * @returns what was seen last, which is in progress still when it took longer than `limitMs`
   */
  async settled<T extends { status: string } | undefined>(
    look: () => Promise<T>,
    {
      limitMs = INDEXING_MS,
      signal,
      progress,
    }: { limitMs?: number; signal?: AbortSignal; progress?: (seen: T) => void } = {},
  ): Promise<T> {
    const end = performance.now() + limitMs;
    for (let pause: number = LOOK_MS.first; ; pause = Math.min(2 * pause, LOOK_MS.most)) {
      const seen = await look();
      progress?.(seen);
      const left = end - performance.now();
      if (seen?.status !== 'in_progress' || left <= 0) return seen;
      await sleep(Math.min(pause, left), undefined, signal ? { signal } : {});
    }
  }

  async search(
    store: string,
    body: VectorStoreSearchParams,
    signal?: AbortSignal,
  ): Promise<VectorStoreSearchResponse[]> {
    const page = await this.make(() => this.openai.vectorStores.search(store, body, options(signal)), signal);
    return page.data;
  }

  private make<T>(call: () => PromiseLike<T>, signal?: AbortSignal): Promise<T> {
    return this.calls.make('vector_store', call, signal);
  }

  private async *pages<T extends { id: string }>(
    fetch: (query: { limit: number; after?: string }) => PromiseLike<{ data: T[]; has_more: boolean }>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<T> {
    let after: string | undefined;
    for (;;) {
      const page = await this.make(
        () => fetch({ limit: PAGE, ...(after !== undefined && { after }) }),
        signal,
      );
      yield* page.data;
      after = page.data.at(-1)?.id;
      if (!page.has_more || after === undefined) return;
    }
  }
}

const options = (signal?: AbortSignal) => ({ timeout: CALL_MS, ...(signal && { signal }) });
