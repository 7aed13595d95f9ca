// What the figures were measured on, and how busy it was with other things.
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

export interface Machine {
  cores: number;
  cpu: string;
  memory_gib: number;
  node: string;
  redis: string;
  /** Of the last minute, at the start. */
  load: number;
}

const QUIET_SHARE = 0.3;
const LOOK_MS = 1_000;
const WAIT_MS = 10_000;

export function describeMachine(): Machine {
  const redis = execFileSync('redis-server', ['--version'], { encoding: 'utf8' });
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memory_gib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    redis: /v=(\S+)/.exec(redis)?.[1] ?? 'unknown',
    load: loadavg()[0]!,
  };
}

/** Waits a little for the cores to be mostly idle; not for those who go ahead of all other work anyway. */
export async function awaitQuiet({ ahead }: { ahead: boolean }): Promise<void> {
  if (ahead) return;
  const until = Date.now() + WAIT_MS;
  while (Date.now() < until) {
    const before = idleMs();
    const started = performance.now();
    await delay(LOOK_MS);
    const busy = cpus().length - (idleMs() - before) / (performance.now() - started);
    if (busy < QUIET_SHARE * cpus().length) return;
  }
}

const idleMs = (): number => cpus().reduce((sum, { times }) => sum + times.idle, 0);
