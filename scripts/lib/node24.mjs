// Finds Node 24 or brings it into the per-user cache; never touches the system's own Node.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from './fault.mjs';
import { withLock } from './lock.mjs';
import { CACHE_DIR } from './paths.mjs';
import { runLogged } from './processes.mjs';

const VERSION = '24.21.0';
const LEAST = [24, 15];

/** @returns {Promise<{node: string, version: string, source: string, env: NodeJS.ProcessEnv}>} `env` is this process's with Node 24 first on PATH */
export async function node24() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) {
    return describe(process.execPath, process.versions.node, 'this one');
  }
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const home = join(CACHE_DIR, `node-${VERSION}`);
  const node = join(home, 'node_modules', name, 'bin', 'node');
  if (existsSync(node)) return describe(node, VERSION, 'cached');
  mkdirSync(CACHE_DIR, { recursive: true });
  await withLock(join(CACHE_DIR, 'node.lock'), async () => {
    if (!existsSync(node)) await bring(name, home);
  });
  return describe(node, VERSION, 'downloaded');
}

async function bring(name, home) {
  const draft = mkdtempSync(join(CACHE_DIR, 'node-draft-'));
  const log = join(CACHE_DIR, 'node-install.log');
  try {
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', draft];
    try {
      await runLogged('npm', { command: 'npm', args: [...args, `${name}@${VERSION}`], cwd: draft, log });
      execFileSync(join(draft, 'node_modules', name, 'bin', 'node'), ['--version'], { stdio: 'pipe' });
    } catch {
      throw new Fault(
        `Node ${LEAST.join('.')} or newer is needed and could not be fetched (${name}@${VERSION} by npm; see ${log}); install Node 24 and run this again`,
      );
    }
    rmSync(home, { recursive: true, force: true });
    renameSync(draft, home);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function describe(node, version, source) {
  const bin = dirname(node);
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, npm_config_nodedir: dirname(bin) };
  // Flags meant for the Node that runs this script are not the apps'.
  delete env.NODE_OPTIONS;
  return { node, version, source, env };
}
