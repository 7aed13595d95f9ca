// Installs Debian packages as root without letting the package start its daemon. Two clones may come here at once.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from './fault.mjs';
import { withLock } from './lock.mjs';
import { CACHE_DIR } from './paths.mjs';
import { listens } from './probe.mjs';
import { runLogged, tail } from './processes.mjs';

const POLICY = '/usr/sbin/policy-rc.d';

export function aptIsPossible() {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/** @throws Fault with apt's own last words */
export async function aptInstall(packages) {
  await withLock(join(CACHE_DIR, 'apt.lock'), async () => {
    const missing = packages.filter((name) => !isInstalled(name));
    if (missing.length === 0) return;
    const hadMapper = await listens(4369);
    const hadPolicy = existsSync(POLICY);
    if (!hadPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    try {
      const install = ['install', '-y', '--no-install-recommends', ...missing];
      // Package lists may be absent (slim images) or too old: fetch them only when the first try fails.
      await apt(install).catch(() => apt(['update']).then(() => apt(install)));
    } finally {
      if (!hadPolicy) rmSync(POLICY, { force: true });
    }
    if (!hadMapper && (await listens(4369))) spawnSync('epmd', ['-kill'], { stdio: 'ignore' });
  });
}

async function apt(args) {
  const log = join(CACHE_DIR, 'apt.log');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  for (let attempt = 1; ; attempt += 1) {
    rmSync(log, { force: true });
    try {
      await runLogged('apt-get', {
        command: 'apt-get',
        args: ['-o', 'DPkg::Lock::Timeout=300', '-q', ...args],
        env,
        log,
      });
      return;
    } catch (error) {
      // Somebody else's apt: the lists and archive locks are not waited for by apt itself.
      if (!/Could not get lock|Unable to lock/.test(tail(log)) || attempt === 150) {
        throw new Fault(`apt-get ${args[0]} failed: ${tail(log, 2).replaceAll('\n', ' ')}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
  }
}

function isInstalled(name) {
  return spawnSync('dpkg-query', ['-W', '-f', '${Status}', name], { encoding: 'utf8' }).stdout?.includes(
    'ok installed',
  );
}
