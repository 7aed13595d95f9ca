// One holder at a time among processes: a file that names its holder, taken by a link (atomic, with content). A dead holder's lock is void.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identify, isAlive } from './processes.mjs';

/** Takes the lock without waiting; false when a live process holds it. */
export function tryLock(file, note = {}) {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(draft, JSON.stringify({ ...identify(process.pid), ...note }));
  try {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      try {
        linkSync(draft, file);
        return true;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
        if (isAlive(holderOf(file)) || !bury(file)) return false;
      }
    }
    return false;
  } finally {
    unlinkSync(draft);
  }
}

/** Removes a dead holder's lock, but not one that a live process took in its place a moment ago. */
function bury(file) {
  const grave = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, grave);
  } catch {
    return true; // somebody else buried it
  }
  const buriedAlive = isAlive(holderOf(grave));
  if (buriedAlive) linkSync(grave, file);
  rmSync(grave, { force: true });
  return !buriedAlive;
}

export function holderOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // nobody, or released this instant
  }
}

export function unlock(file) {
  rmSync(file, { force: true });
}

/** Runs `work` while holding the lock; waits for another holder, and calls `onWait` once when it has to. */
export async function withLock(file, work, onWait = () => undefined) {
  for (let waited = false; !tryLock(file); waited = true) {
    if (!waited) onWait(holderOf(file));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  try {
    return await work();
  } finally {
    unlock(file);
  }
}
