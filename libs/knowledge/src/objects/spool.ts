// A file on its way: written as it comes, private, hashed, and gone afterwards whatever happened.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ParleyError } from '#contracts';
import type { PutOptions, StoredObject } from './object-store.js';
import { storageFault } from './storage-fault.js';

export interface Spooled extends StoredObject {
  /** Complete and on disk. */
  path: string;
}

/** Where such files are below a storage directory. */
export const SPOOL = 'spool';
const OBJECT = 'object';
/** What has not grown for so long, nobody writes any more: its process died. */
const DEAD_MS = 3_600_000;

/**
 * @param work may move the file away
 * @throws ParleyError `too_large`, `storage_unavailable`, and what the body and `work` throw
 */
export async function spool<T>(
  directory: string,
  body: AsyncIterable<Uint8Array>,
  { maxBytes, signal }: PutOptions,
  work: (spooled: Spooled) => Promise<T>,
): Promise<T> {
  return aside(directory, async (path) => {
    const file = await open(path, 'wx', 0o600).catch(storageFault('write'));
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      for await (const chunk of body) {
        signal?.throwIfAborted();
        bytes += chunk.byteLength;
        if (bytes > maxBytes)
          throw new ParleyError('too_large', 'unable to store; the file is too large', {
            details: [`at most ${maxBytes} bytes`],
          });
        hash.update(chunk);
        await writeAll(file, chunk);
      }
      await file.sync().catch(storageFault('write'));
    } finally {
      await file.close();
    }
    return await work({ path, bytes, hash: hash.digest('hex') });
  });
}

/** A private place to put a file out of the way; what is left there goes. */
export async function aside<T>(directory: string, work: (path: string) => Promise<T>): Promise<T> {
  const own = await privateDirectory(directory);
  try {
    return await work(join(own, OBJECT));
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** Removes what processes that died have left on its way. */
export async function dropDeadSpools(directory: string): Promise<void> {
  const root = join(directory, SPOOL);
  for (const name of await readdir(root).catch(() => [])) {
    const own = join(root, name);
    const found = await stat(join(own, OBJECT)).catch(() => stat(own).catch(() => undefined));
    if (found && found.mtimeMs < Date.now() - DEAD_MS)
      await rm(own, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function privateDirectory(directory: string): Promise<string> {
  try {
    const root = join(directory, SPOOL);
    await mkdir(root, { recursive: true, mode: 0o700 });
    return await mkdtemp(join(root, 'f-'));
  } catch (error) {
    return storageFault('write')(error);
  }
}

/** One write may take less than it was given. */
async function writeAll(file: Awaited<ReturnType<typeof open>>, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.byteLength;) {
    const { bytesWritten } = await file.write(chunk, at).catch(storageFault('write'));
    at += bytesWritten;
  }
}
