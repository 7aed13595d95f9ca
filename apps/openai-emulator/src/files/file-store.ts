// Files in memory, as the pieces they came in. Knows their lifetime, nothing of who uses them.

import type { FileObject } from 'openai/resources/files';

import type { EmulatorClock } from '../clock.js';
import { ApiError } from '../errors.js';
import { newId } from '../ids.js';

export interface StoredFile {
  object: FileObject;
  chunks: readonly Buffer[];
}

export interface NewFile {
  filename: string;
  purpose: FileObject['purpose'];
  chunks: readonly Buffer[];
  /** After its creation; for ever when absent. */
  lifetimeSeconds?: number | undefined;
}

export class FileStore {
  private readonly files = new Map<string, StoredFile>();

  constructor(private readonly clock: EmulatorClock) {}

  add({ filename, purpose, chunks, lifetimeSeconds }: NewFile): FileObject {
    const created_at = this.clock.seconds();
    const object: FileObject = {
      id: newId('file-'),
      object: 'file',
      bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
      created_at,
      filename,
      purpose,
      status: 'processed',
      ...(lifetimeSeconds === undefined ? {} : { expires_at: created_at + lifetimeSeconds }),
    };
    this.files.set(object.id, { object, chunks });
    return object;
  }

  /** @throws ApiError 404 for unknown, deleted and expired ids */
  get(id: string): StoredFile {
    const file = this.find(id);
    if (file === undefined) throw ApiError.notFound(`No such File object: ${id}`, 'id');
    return file;
  }

  /** Like {@link get}, for whoever words the refusal itself. */
  find(id: string): StoredFile | undefined {
    this.expire();
    return this.files.get(id);
  }

  /** Oldest first. */
  all(): FileObject[] {
    this.expire();
    return [...this.files.values()].map(({ object }) => object);
  }

  /** @throws ApiError 404 */
  delete(id: string): void {
    this.get(id);
    this.files.delete(id);
  }

  clear(): void {
    this.files.clear();
  }

  private expire(): void {
    const now = this.clock.seconds();
    for (const [id, { object }] of this.files)
      if (object.expires_at !== undefined && object.expires_at <= now) this.files.delete(id);
  }
}
