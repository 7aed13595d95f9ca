// All vector stores and what files are in them. Knows when they expire and which file is gone; nothing of requests.

import type { EmulatorClock } from '../clock.js';
import { ApiError } from '../errors.js';
import type { FileStore } from '../files/file-store.js';
import { newId } from '../ids.js';
import type { Settings } from '../settings.js';
import type { ChunkSizes } from './chunks.js';
import type { Attributes } from './filters.js';
import { planIndexing } from './indexing.js';
import { StoreFile } from './store-file.js';
import { VectorStore, type FileBatch, type NewVectorStore } from './vector-store.js';

export interface Attachment {
  file_id: string;
  attributes: Attributes;
  sizes: ChunkSizes;
}

export class VectorStoreRegistry {
  private readonly stores = new Map<string, VectorStore>();

  constructor(
    private readonly files: FileStore,
    private readonly clock: EmulatorClock,
    private readonly settings: Settings,
  ) {
    files.onRemoved((id) => {
      for (const store of this.stores.values()) store.files.delete(id);
    });
  }

  create(fields: Omit<NewVectorStore, 'id'>): VectorStore {
    const store = new VectorStore({ id: newId('vs_'), ...fields }, this.clock.seconds());
    this.stores.set(store.id, store);
    return store;
  }

  /**
   * @param asked a client looks at how far the indexing is
   * @throws ApiError 404
   */
  get(id: string, project: string | undefined, asked = false): VectorStore {
    const store = this.find(id, project);
    if (store === undefined) throw ApiError.notFound(`No vector store found with id '${id}'.`);
    store.proceed(this.clock.now(), asked);
    return store;
  }

  /** One that can be searched and filled. @throws ApiError 404, 400 when it has expired */
  living(id: string, project: string | undefined): VectorStore {
    const store = this.get(id, project);
    if (store.expired)
      throw ApiError.badRequest(`Vector store '${id}' is expired.`, null, 'vector_store_expired');
    return store;
  }

  /** @throws ApiError 404 */
  requireFile(id: string, project: string | undefined): void {
    this.files.get(id, project);
  }

  /** It is in use: its days begin anew. */
  touch(store: VectorStore): void {
    store.touch(this.clock.seconds());
  }

  /** A client asks how far the indexing of a file is. */
  look(file: StoreFile): void {
    file.proceed(this.clock.now(), true);
  }

  /** Oldest first. */
  all(project?: string): VectorStore[] {
    this.files.sweep();
    for (const store of this.stores.values()) store.proceed(this.clock.now());
    return [...this.stores.values()].filter((store) => project === undefined || store.project === project);
  }

  /** Its files stay. @throws ApiError 404 */
  delete(id: string, project: string | undefined): void {
    this.get(id, project);
    this.stores.delete(id);
  }

  /**
   * Puts a file in, anew when it is there already.
   * @param directives about its indexing, without brackets
   * @throws ApiError 404 for an unknown file
   */
  attach(store: VectorStore, attachment: Attachment, directives: readonly string[]): StoreFile {
    const { file_id: id, attributes, sizes } = attachment;
    const { object, content } = this.files.get(id, store.project);
    const { filename } = object;
    const indexing = planIndexing(filename, content.small, directives, this.settings, this.clock.now());
    const createdAt = this.clock.seconds();
    const file = new StoreFile({ id, filename, storeId: store.id, createdAt, attributes, sizes, indexing });
    // Last in the order of lists.
    store.files.delete(id);
    store.files.set(id, file);
    store.touch(createdAt);
    return file;
  }

  addBatch(store: VectorStore, files: readonly StoreFile[]): FileBatch {
    const batch: FileBatch = { id: newId('vsfb_'), createdAt: this.clock.seconds(), cancelled: false, files };
    store.batches.set(batch.id, batch);
    return batch;
  }

  clear(): void {
    this.stores.clear();
  }

  /** Like {@link get} without the refusal, and without a look at the indexing. */
  find(id: string, project: string | undefined): VectorStore | undefined {
    this.files.sweep();
    const store = this.stores.get(id);
    return project === undefined || store?.project === project ? store : undefined;
  }
}
