// Where things lie: the clone, its run state, the per-user cache that all clones share.
import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from './fault.mjs';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const RUN_DIR = join(ROOT, '.run');
export const CACHE_DIR = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'parley');

/** Makes the run state's directory. @throws Fault when nothing can be written there */
export function openRunDir() {
  try {
    mkdirSync(RUN_DIR, { recursive: true });
    accessSync(RUN_DIR, constants.W_OK);
  } catch (cause) {
    throw new Fault(`unable to write below ${RUN_DIR}; ${cause.message}`, { cause });
  }
}

/** A short name of a directory, the same at each start and different in each clone. */
export function tagOf(directory) {
  return createHash('sha256').update(directory).digest('hex').slice(0, 8);
}
