// Erlang's port mapper: one for the whole machine, shared by all nodes. The clone that finds none starts it on loopback; whoever
// stops the last node ends it again, if it was one of us who started it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { holderOf, tryLock, unlock, withLock } from './lock.mjs';
import { CACHE_DIR } from './paths.mjs';
import { listens } from './probe.mjs';
import { isAlive } from './processes.mjs';

const PORT = 4369;
const ANSWER_MS = 5_000;
const OURS = join(CACHE_DIR, 'epmd-is-ours');
const LOCK = join(CACHE_DIR, 'epmd.lock');
/** A file for each script that counts on it. A broker that boots, or one that a fault run has just killed, is not yet known to epmd. */
const USERS = join(CACHE_DIR, 'epmd-users');
const MINE = join(USERS, String(process.pid));

export async function startEpmd() {
  await withLock(LOCK, async () => {
    tryLock(MINE);
    if (await listens(PORT)) return;
    mkdirSync(CACHE_DIR, { recursive: true });
    writeFileSync(OURS, '');
    // Where Erlang is not installed this does nothing; whoever needs it says so.
    spawnSync(program(), ['-daemon'], { cwd: '/', env: { ...process.env, ERL_EPMD_ADDRESS: '127.0.0.1' } });
  });
}

/** Ends the mapper that we started, unless others count on it or nodes still use it: then epmd itself refuses. */
export async function stopEpmd() {
  unlock(MINE);
  if (!existsSync(OURS)) return;
  await withLock(LOCK, async () => {
    if (hasUsers()) return;
    spawnSync(program(), ['-kill'], { stdio: 'ignore', timeout: ANSWER_MS });
    if (!(await listens(PORT))) rmSync(OURS, { force: true });
  });
}

function hasUsers() {
  const files = existsSync(USERS) ? readdirSync(USERS).map((name) => join(USERS, name)) : [];
  const dead = files.filter((file) => !isAlive(holderOf(file)));
  for (const file of dead) unlock(file);
  return files.length > dead.length;
}

/** On Debian epmd is on PATH; elsewhere it lies inside Erlang's runtime directory. */
function program() {
  // A mapper that does not answer is there all the same.
  const { error } = spawnSync('epmd', ['-names'], { stdio: 'ignore', timeout: ANSWER_MS });
  if (error?.code !== 'ENOENT') return 'epmd';
  for (const home of ['/usr/lib/erlang', '/opt/homebrew/lib/erlang', '/usr/local/lib/erlang']) {
    const runtime = existsSync(home) && readdirSync(home).find((name) => name.startsWith('erts-'));
    if (runtime) return join(home, runtime, 'bin', 'epmd');
  }
  return 'epmd';
}
