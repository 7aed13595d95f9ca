// The content of a file: in memory while it is small, in a nameless temporary file past that, or not kept at all where
// nobody could ever read it.

import { randomUUID } from 'node:crypto';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

/** Bytes of one file held in memory: the largest recording, and more text than can be indexed. */
export const MEMORY_BYTES = 32 << 20;

export class FileBytes {
  size = 0;
  private chunks: Buffer[] = [];
  private spilled: FileHandle | undefined;
  private forgotten = false;

  /** @param large known beforehand to be more than fits into memory */
  constructor(private readonly large = false) {}

  static of(chunks: readonly Buffer[]): FileBytes {
    const bytes = new FileBytes();
    bytes.chunks = chunks.slice();
    bytes.size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    return bytes;
  }

  /**
   * Adds a piece.
   * @param keep whether what no longer fits into memory is to be kept
   */
  async append(chunk: Buffer, keep: boolean): Promise<void> {
    this.size += chunk.length;
    if (this.forgotten) return;
    if ((this.large || this.size > MEMORY_BYTES) && this.spilled === undefined) {
      if (!keep) return this.drop();
      this.spilled = await namelessFile();
      for (const earlier of this.chunks) await this.spilled.appendFile(earlier);
      this.chunks = [];
    }
    if (this.spilled === undefined) this.chunks.push(chunk);
    else await this.spilled.appendFile(chunk);
  }

  /** The whole content where it is in memory. */
  get small(): Buffer | undefined {
    return this.forgotten || this.spilled !== undefined ? undefined : Buffer.concat(this.chunks);
  }

  /** undefined where it was not kept. */
  stream(): Readable | undefined {
    if (this.forgotten) return undefined;
    return this.spilled?.createReadStream({ start: 0, autoClose: false }) ?? Readable.from(this.chunks);
  }

  /** The whole content, read into memory; empty where it was not kept. */
  async text(): Promise<string> {
    const pieces: Buffer[] = [];
    for await (const piece of this.stream() ?? []) pieces.push(piece as Buffer);
    return Buffer.concat(pieces).toString();
  }

  /** Lets go of the content, not of its size. */
  async drop(): Promise<void> {
    this.forgotten = true;
    this.chunks = [];
    const { spilled } = this;
    this.spilled = undefined;
    await spilled?.close();
  }
}

/** Readable by nobody else, and gone with the process, however that ends. */
async function namelessFile(): Promise<FileHandle> {
  const path = join(tmpdir(), `parley-emulator-${randomUUID()}`);
  const handle = await open(path, 'wx+', 0o600);
  await unlink(path);
  return handle;
}
