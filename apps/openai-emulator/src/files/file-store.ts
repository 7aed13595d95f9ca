// Files and their content. Knows their lifetime, nothing of who uses them.

import type { FileObject } from 'openai/resources/files';

import type { EmulatorClock } from '../clock.js';
import { ApiError } from '../errors.js';
import { newId } from '../ids.js';
import type { FileBytes } from './file-bytes.js';
import { DOWNLOADABLE } from './purposes.js';

export interface StoredFile {
  object: FileObject;
  content: FileBytes;
  project: string | undefined;
}

export interface NewFile {
  filename: string;
  purpose: FileObject['purpose'];
  content: FileBytes;
  /** After its creation; for ever when absent. */
  lifetimeSeconds?: number | undefined;
  /** Whoever asks must name it, where it has one. */
  project?: string | undefined;
}

export class FileStore {
  private readonly files = new Map<string, StoredFile>();
  private readonly listeners: ((id: string) => void)[] = [];
  /** No file expires before, seconds. */
  private nextExpiry = Infinity;

  /** @param report told of content that could not be let go */
  constructor(
    private readonly clock: EmulatorClock,
    private readonly report: (error: unknown) => void,
  ) {}

  add({ filename, purpose, content, lifetimeSeconds, project }: NewFile): FileObject {
    const created_at = this.clock.seconds();
    const object: FileObject = {
      id: newId('file-'),
      object: 'file',
      bytes: content.size,
      created_at,
      filename,
      purpose,
      status: 'processed',
      ...(lifetimeSeconds === undefined ? {} : { expires_at: created_at + lifetimeSeconds }),
    };
    this.files.set(object.id, { object, content, project });
    // Nobody can ever ask for it, and it is too large to be looked into.
    if (!DOWNLOADABLE.has(purpose) && content.small === undefined) content.drop().catch(this.report);
    this.nextExpiry = Math.min(this.nextExpiry, object.expires_at ?? Infinity);
    return object;
  }

  /** @throws ApiError 404 for unknown, deleted and expired ids, and for those of another project */
  get(id: string, project?: string): StoredFile {
    const file = this.find(id, project);
    if (file === undefined) throw ApiError.notFound(`No such File object: ${id}`, 'id');
    return file;
  }

  /** Like {@link get}, for whoever words the refusal itself. */
  find(id: string, project?: string): StoredFile | undefined {
    this.sweep();
    const file = this.files.get(id);
    return project === undefined || file?.project === project ? file : undefined;
  }

  /** Oldest first. */
  all(project?: string): FileObject[] {
    this.sweep();
    const files = [...this.files.values()];
    return files
      .filter((file) => project === undefined || file.project === project)
      .map(({ object }) => object);
  }

  /** @throws ApiError 404 */
  delete(id: string): void {
    this.get(id);
    this.remove(id);
  }

  /** Told of every file that was deleted or has expired. */
  onRemoved(listener: (id: string) => void): void {
    this.listeners.push(listener);
  }

  clear(): void {
    for (const { content } of this.files.values()) content.drop().catch(this.report);
    this.files.clear();
    this.nextExpiry = Infinity;
  }

  /** Lets go of what has expired by now. */
  sweep(): void {
    const now = this.clock.seconds();
    if (now < this.nextExpiry) return;
    this.nextExpiry = Infinity;
    for (const [id, { object }] of this.files) {
      if (object.expires_at === undefined) continue;
      if (object.expires_at <= now) this.remove(id);
      else this.nextExpiry = Math.min(this.nextExpiry, object.expires_at);
    }
  }

  private remove(id: string): void {
    this.files.get(id)?.content.drop().catch(this.report);
    this.files.delete(id);
    for (const listener of this.listeners) listener(id);
  }
}
