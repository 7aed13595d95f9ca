// One vector store: its files, its batches of files, and the day it expires.

import type { VectorStore as VectorStoreObject } from 'openai/resources/vector-stores/vector-stores';
import type { VectorStoreFileBatch } from 'openai/resources/vector-stores/file-batches';

import type { ExpiresAfter } from './checks.js';
import type { StoreFile } from './store-file.js';

const DAY_SECONDS = 86_400;

export interface FileBatch {
  id: string;
  createdAt: number;
  cancelled: boolean;
  files: readonly StoreFile[];
}

export interface NewVectorStore {
  id: string;
  name: string;
  description: string | undefined;
  metadata: Record<string, string>;
  expiresAfter: ExpiresAfter | undefined;
  /** Whoever asks must name it, where it has one. */
  project: string | undefined;
}

export class VectorStore {
  readonly files = new Map<string, StoreFile>();
  readonly batches = new Map<string, FileBatch>();
  name: string;
  metadata: Record<string, string>;
  expiresAfter: ExpiresAfter | undefined;
  expired = false;
  private lastActiveAt: number;

  /** @param createdAt seconds */
  constructor(
    private readonly made: NewVectorStore,
    private readonly createdAt: number,
  ) {
    this.name = made.name;
    this.metadata = made.metadata;
    this.expiresAfter = made.expiresAfter;
    this.lastActiveAt = createdAt;
  }

  get project(): string | undefined {
    return this.made.project;
  }

  get id(): string {
    return this.made.id;
  }

  /** Somebody has put a file in, or searched: the days begin anew. */
  touch(seconds: number): void {
    this.lastActiveAt = seconds;
  }

  /** Goes on with the indexing, and expires where the day has come; files that it held stay files. */
  proceed(nowMs: number, asked = false): void {
    const due = this.expiresAt;
    if (!this.expired && due !== undefined && due * 1000 <= nowMs) {
      this.expired = true;
      this.files.clear();
    }
    for (const file of this.files.values()) file.proceed(nowMs, asked);
  }

  toObject(): VectorStoreObject {
    const files = [...this.files.values()];
    const file_counts = countsOf(files);
    const { description } = this.made;
    return {
      id: this.id,
      object: 'vector_store',
      created_at: this.createdAt,
      name: this.name,
      ...(description !== undefined && { description }),
      usage_bytes: files.reduce((sum, file) => sum + file.usageBytes, 0),
      file_counts,
      status: this.expired ? 'expired' : file_counts.in_progress > 0 ? 'in_progress' : 'completed',
      ...(this.expiresAfter !== undefined && { expires_after: this.expiresAfter }),
      expires_at: this.expiresAt ?? null,
      last_active_at: this.lastActiveAt,
      metadata: this.metadata,
    };
  }

  private get expiresAt(): number | undefined {
    return this.expiresAfter && this.lastActiveAt + this.expiresAfter.days * DAY_SECONDS;
  }
}

export function toBatchObject(store: VectorStore, batch: FileBatch): VectorStoreFileBatch {
  const file_counts = countsOf(batch.files);
  const { in_progress, completed, total } = file_counts;
  const ended = completed === 0 && total > 0 && file_counts.failed === total ? 'failed' : 'completed';
  return {
    id: batch.id,
    object: 'vector_store.files_batch',
    created_at: batch.createdAt,
    vector_store_id: store.id,
    status: batch.cancelled ? 'cancelled' : in_progress > 0 ? 'in_progress' : ended,
    file_counts,
  };
}

function countsOf(files: readonly StoreFile[]): VectorStoreObject.FileCounts {
  const counts = { in_progress: 0, completed: 0, failed: 0, cancelled: 0, total: files.length };
  for (const { status } of files) counts[status] += 1;
  return counts;
}
