// Reads large vCons in threads, so that nobody else waits: no more at once than there is memory for, and each in bounds.
import { fileURLToPath } from 'node:url';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ParleyError } from '#contracts';
import type { VconStudy } from './study-vcon.js';
import { ThreadPool, type PoolLimits } from './thread-pool.js';
import { ownMemory, readAnswer, type VconAnswer, type VconTask } from './vcon-messages.js';

export interface VconThreadLimits extends PoolLimits {
  /** Of vCons under way and waiting, together. */
  bytes: number;
}

const MIB = 1024 * 1024;

export class VconThreads implements OnApplicationShutdown {
  private readonly logger = new Logger('VconThreads');
  private readonly pool: ThreadPool<VconTask, VconAnswer>;
  private readonly most: number;
  private bytes = 0;

  constructor({ bytes = 256 * MIB, ...limits }: Partial<VconThreadLimits> = {}) {
    // What is built, also where tests run from the sources: a thread does not know how to read those.
    const file = fileURLToPath(import.meta.resolve('#vcon-thread'));
    this.pool = new ThreadPool({ file, threads: 2, heap: 768, ms: 60_000, idleMs: 10_000, ...limits });
    this.most = bytes;
  }

  /**
   * @param task its bytes are taken over: afterwards the caller's are empty
   * @throws what `studyVcon` throws; ParleyError `busy` when too much waits, `too_complex` for what takes too much memory or time
   */
  async study(task: VconTask): Promise<VconStudy> {
    const { length } = task.bytes;
    if (this.bytes + length > this.most)
      throw new ParleyError('busy', 'unable to read vCon; too many are being read', { retryAfterMs: 2_000 });
    this.bytes += length;
    try {
      return readAnswer(await this.pool.run(task, ownMemory(task.bytes)));
    } catch (error) {
      throw error instanceof ParleyError ? error : this.toFault(error, length);
    } finally {
      this.bytes -= length;
    }
  }

  onApplicationShutdown(): Promise<void> {
    return this.pool.close();
  }

  private toFault(cause: unknown, bytes: number): ParleyError {
    const { name, code = name } = cause as { name?: string; code?: unknown };
    this.logger.warn({ bytes, error: code }, 'a vCon could not be read by a thread');
    return code === 'ERR_WORKER_OUT_OF_MEMORY' || name === 'TimeoutError'
      ? new ParleyError('too_complex', 'unable to read vCon; it takes too much memory or time', { cause })
      : new ParleyError('internal', 'unable to read vCon; its thread died', { cause });
  }
}
