// Starts programs in process groups of their own, recognises them again later, and ends them.
// A process is named by pid and birth, so that a pid which the system gave to somebody else is never signalled.
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from './fault.mjs';

/** `{pid, birth}` of a live process, or undefined. A zombie counts as gone. */
export function identify(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : { pid, birth: fields[19] };
    }
    const birth = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return birth ? { pid, birth } : undefined;
  } catch {
    return undefined; // no such process
  }
}

export function isAlive(identity) {
  return identity !== undefined && identity !== null && identify(identity.pid)?.birth === identity.birth;
}

/**
 * Starts a program whose output is appended to `log` and which outlives this script unless it is stopped.
 * @returns {Promise<{identity: {pid: number, birth: string}, ended: Promise<string>}>}
 * @throws Fault when the program is not there
 */
export async function launch({ command, args = [], env = process.env, cwd, log }) {
  if (closing) throw new Fault('stopped');
  mkdirSync(dirname(log), { recursive: true });
  const out = openSync(log, 'a');
  beginnings.set(log, fstatSync(out).size);
  try {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', out, out], detached: true });
    const ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
    });
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', (cause) => reject(new Fault(`unable to start ${command}; ${cause.message}`)));
    });
    child.unref();
    return { identity: identify(child.pid) ?? { pid: child.pid, birth: 'gone' }, ended };
  } finally {
    closeSync(out);
  }
}

/** SIGTERM to the group, SIGKILL after `graceMs`; resolves when its leader is gone. */
export async function stop(identity, graceMs = 10_000) {
  if (!isAlive(identity)) return;
  signal(identity, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (isAlive(identity)) {
    if (Date.now() > deadline) signal(identity, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // A wrapper may have left before its children.
  signal(identity, 'SIGKILL', true);
}

export function signal(identity, name, evenIfGone = false) {
  if (!evenIfGone && !isAlive(identity)) return;
  try {
    process.kill(-identity.pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // gone meanwhile, which is what was wanted
  }
}

/** Log → its size when its program was last started. */
const beginnings = new Map();

/** The last lines of a log, for a message that says why something ended; without those of earlier starts. */
export function tail(log, lines = 15) {
  try {
    const text = readFileSync(log).subarray(beginnings.get(log) ?? 0);
    return text.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '(no log)';
  }
}

/**
 * Runs a program to its end with its output in `log`.
 * @throws Fault naming `what` and the log's end when it fails
 */
export async function runLogged(what, { log, ...program }) {
  const { identity, ended } = await launch({ log, ...program });
  running.add(identity);
  const keepAlive = setInterval(() => undefined, 60_000); // the child itself is unreferenced
  try {
    const how = await ended;
    if (how !== 'exit code 0') throw new Fault(`${what} failed with ${how}; see ${log}\n${tail(log)}`);
  } finally {
    clearInterval(keepAlive);
    running.delete(identity);
  }
}

const running = new Set();
let closing = false;

/** When the script itself is told to stop: ends what {@link runLogged} has under way and starts nothing more. */
export function stopRunning() {
  closing = true;
  for (const identity of running) signal(identity, 'SIGKILL');
}
