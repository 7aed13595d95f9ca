// Files that must be on disk for a moment: private, in a directory of their own below the storage directory, gone afterwards whatever happened.
// Those of a process that died go with other files on their way, see spool.ts.
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { KnowledgeConfig } from '#config';
import { SPOOL } from './spool.js';
import { storageFault } from './storage-fault.js';

/** Where those are that somebody asked for. */
const KEPT = 'kept';

@Injectable()
export class TemporaryFiles {
  constructor(private readonly config: KnowledgeConfig) {}

  /**
   * @param name of the file; no path
   * @param keep leaves it below `kept` in the storage directory
   * @throws ParleyError `storage_unavailable`, and what `work` throws
   */
  async during<T>(
    name: string,
    content: Uint8Array,
    { keep }: { keep: boolean },
    work: (path: string) => Promise<T>,
  ): Promise<T> {
    const directory = await this.directory(SPOOL)
      .then((root) => mkdtemp(join(root, 'f-')))
      .catch(storageFault('write'));
    try {
      const path = join(directory, name);
      await writeFile(path, content, { mode: 0o600, flag: 'wx' }).catch(storageFault('write'));
      return await work(path);
    } finally {
      if (keep) await rename(directory, join(await this.directory(KEPT), basename(directory)));
      else await rm(directory, { recursive: true, force: true });
    }
  }

  private async directory(name: string): Promise<string> {
    const root = join(this.config.directory, name);
    await mkdir(root, { recursive: true, mode: 0o700 });
    return root;
  }
}
