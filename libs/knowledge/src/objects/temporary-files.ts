// Files that must be on disk for a moment: private, in a directory of their own below the storage directory, gone afterwards whatever happened.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { KnowledgeConfig } from '#config';
import { storageFault } from './storage-fault.js';

const TEMPORARY = 'temporary';

@Injectable()
export class TemporaryFiles {
  constructor(private readonly config: KnowledgeConfig) {}

  /** @param name of the file; no path @throws ParleyError `storage_unavailable`, and what `work` throws */
  async during<T>(
    name: string,
    content: Uint8Array,
    { keep }: { keep: boolean },
    work: (path: string) => Promise<T>,
  ): Promise<T> {
    const directory = await this.directory().catch(storageFault('write'));
    try {
      const path = join(directory, name);
      await writeFile(path, content, { mode: 0o600, flag: 'wx' }).catch(storageFault('write'));
      return await work(path);
    } finally {
      if (!keep) await rm(directory, { recursive: true, force: true });
    }
  }

  private async directory(): Promise<string> {
    const root = join(this.config.directory, TEMPORARY);
    await mkdir(root, { recursive: true, mode: 0o700 });
    return mkdtemp(join(root, 'f-'));
  }
}
