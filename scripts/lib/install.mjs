// Brings node_modules to the lockfile's state, and does nothing when it is there already.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from './fault.mjs';
import { withLock } from './lock.mjs';
import { ROOT, RUN_DIR } from './paths.mjs';
import { runLogged } from './processes.mjs';

const LOCKFILE = join(ROOT, 'package-lock.json');
const MARK = join(ROOT, 'node_modules', '.parley-lock');

/** @returns {Promise<'present'|'installed'>} */
export async function install({ env }) {
  const wanted = fingerprint();
  if (mark() === wanted) return 'present';
  return withLock(join(RUN_DIR, 'install.lock'), async () => {
    if (mark() === wanted) return 'present';
    if (mark() === undefined && matchesLockfile()) {
      writeFileSync(MARK, wanted);
      return 'present';
    }
    const log = join(RUN_DIR, 'logs', 'install.log');
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    rmSync(log, { force: true });
    await runLogged('npm ci', { command: 'npm', args, env: withoutNpm(env), cwd: ROOT, log }).catch(
      (cause) => {
        throw new Fault(`npm ci failed: ${firstComplaint(log)}; see ${log}`, { cause });
      },
    );
    writeFileSync(MARK, wanted);
    return 'installed';
  });
}

/** npm ends its report with its usage text; the reason stands at the beginning. */
function firstComplaint(log) {
  const lines = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('npm error '));
  const reasons = lines
    .map((line) => line.slice('npm error '.length))
    .filter((line) => !line.startsWith('code '));
  return reasons.find((line) => line.trim()) ?? 'it was interrupted';
}

function fingerprint() {
  const hash = createHash('sha256').update(readFileSync(LOCKFILE)).digest('hex');
  return `${hash} ${process.platform}-${process.arch}`;
}

function mark() {
  return existsSync(MARK) ? readFileSync(MARK, 'utf8') : undefined;
}

/** Somebody ran npm himself: its own record of what it installed says the same as the lockfile. */
function matchesLockfile() {
  const record = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(LOCKFILE, 'utf8')).packages;
  const present = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional, link }]) =>
      path === '' || link || present[path]?.version === version || (optional && !present[path]),
  );
}

/** Started by `npm start`, npm would hand its own settings down to the inner npm (prefix, the running script's name). */
function withoutNpm(env) {
  const kept = Object.entries(env).filter(
    ([name]) => !/^npm_(lifecycle|package|command|execpath|node_execpath)/.test(name) && name !== 'INIT_CWD',
  );
  return { ...Object.fromEntries(kept), SCARF_ANALYTICS: 'false' };
}
