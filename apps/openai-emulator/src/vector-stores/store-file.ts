// One file in one store: its way from in_progress to its end, and its chunks once it is indexed.

import type { VectorStoreFile } from 'openai/resources/vector-stores/files';

import { chunksOf, type Chunk, type ChunkSizes } from './chunks.js';
import type { Attributes } from './filters.js';
import type { Indexing } from './indexing.js';

export interface NewStoreFile {
  id: string;
  filename: string;
  storeId: string;
  /** Seconds. */
  createdAt: number;
  attributes: Attributes;
  sizes: ChunkSizes;
  indexing: Indexing;
}

export class StoreFile {
  status: VectorStoreFile['status'] = 'in_progress';
  attributes: Attributes;
  chunks: readonly Chunk[] = [];
  private lastError: VectorStoreFile.LastError | null = null;
  private text = '';
  private looks = 0;

  constructor(private readonly made: NewStoreFile) {
    this.attributes = made.attributes;
  }

  get id(): string {
    return this.made.id;
  }

  get filename(): string {
    return this.made.filename;
  }

  /** The text that was found in it; empty before the end and after a failure. */
  get parsed(): string {
    return this.text;
  }

  get usageBytes(): number {
    return this.status === 'completed' ? Buffer.byteLength(this.text) : 0;
  }

  /**
   * Goes on with the indexing.
   * @param asked a client looks at the status: that is what `looks` counts
   */
  proceed(nowMs: number, asked: boolean): void {
    if (this.status !== 'in_progress') return;
    const { looks, notBefore, result } = this.made.indexing;
    if (asked && this.looks < looks) {
      this.looks += 1;
      return;
    }
    if (this.looks < looks || nowMs < notBefore) return;
    if ('error' in result) {
      this.status = 'failed';
      this.lastError = result.error;
      return;
    }
    this.status = 'completed';
    this.text = result.text;
    this.chunks = chunksOf(result.text, this.made.sizes);
  }

  /** Does nothing to a file that is through. */
  cancel(): void {
    if (this.status === 'in_progress') this.status = 'cancelled';
  }

  toObject(): VectorStoreFile {
    const { id, createdAt, storeId, sizes } = this.made;
    return {
      id,
      object: 'vector_store.file',
      usage_bytes: this.usageBytes,
      created_at: createdAt,
      vector_store_id: storeId,
      status: this.status,
      last_error: this.lastError,
      chunking_strategy: { type: 'static', static: { ...sizes } },
      attributes: { ...this.attributes },
    };
  }
}
