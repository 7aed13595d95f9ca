// The file of a form while it comes in: counted, digested, and handed on piece by piece at the pace of whoever keeps it.

import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';

import { FileBytes } from '../files/file-bytes.js';

/** What the journal shows of a file; grows while it comes. */
export interface UploadSummary {
  /** Name of the form's field. */
  field: string;
  filename: string;
  /** Content type of the part. */
  type: string;
  bytes: number;
  /** Once all of it has come. */
  sha256: string | undefined;
}

export class Upload extends Writable {
  readonly content: FileBytes;
  /** Somebody keeps the content beyond the request. */
  taken = false;
  private readonly digest = createHash('sha256');

  /**
   * @param large known beforehand to be more than fits into memory
   * @param keep whether content too large for memory is wanted at all
   */
  constructor(
    readonly summary: UploadSummary,
    large: boolean,
    private readonly keep: () => boolean,
  ) {
    super({ highWaterMark: 1 << 20 });
    this.content = new FileBytes(large);
  }

  get filename(): string {
    return this.summary.filename;
  }

  get bytes(): number {
    return this.content.size;
  }

  /** The content, for keeps. */
  take(): FileBytes {
    this.taken = true;
    return this.content;
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.digest.update(chunk);
    this.summary.bytes += chunk.length;
    void this.store(chunk, done);
  }

  private async store(chunk: Buffer, done: (error?: Error) => void): Promise<void> {
    try {
      await this.content.append(chunk, this.keep());
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _final(done: (error?: Error) => void): void {
    this.summary.sha256 = this.digest.digest('hex');
    done();
  }
}
