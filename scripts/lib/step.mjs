// One step of `npm test`: a node program that shares the terminal's output and ends with everything it started. One that does
// not end is ended, so that nobody waits for ever.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ROOT } from './paths.mjs';

const LIMIT_MS = 45 * 60_000;
/** From jest's report to its end; what is left open for longer stays open. */
const LINGER_MS = 15_000;
const LOOK_MS = 1_000;

let step;

/**
 * In a group of its own, so that what a test leaves running can be ended with it.
 * @param {{name: string, args: string[], report?: string}} plan `report` is a file that it writes when its work is done
 * @returns {Promise<{code: number, complaint?: string}>} `complaint` says why it had to be ended
 */
export function runStep(node, { name, args, report }, env) {
  return new Promise((resolve, reject) => {
    step = spawn(node, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    let complaint;
    const end = (why) => {
      complaint ??= why;
      stopStep();
    };
    const started = Date.now();
    let reported;
    const watch = setInterval(() => {
      if (report && existsSync(report)) reported ??= Date.now();
      if (Date.now() - started > LIMIT_MS) end(`${name} did not end in ${LIMIT_MS / 60_000} minutes`);
      if (Date.now() - reported > LINGER_MS)
        end(
          `the tests of ${name} are done, but something that they opened is not closed: look for "did not exit" when each file runs alone`,
        );
    }, LOOK_MS);
    step.once('error', reject);
    step.once('exit', (code) => {
      clearInterval(watch);
      stopStep();
      resolve({ code: complaint ? 1 : (code ?? 1), complaint });
    });
  });
}

export function stopStep() {
  if (!step?.pid) return;
  try {
    process.kill(-step.pid, 'SIGKILL');
  } catch {
    // The whole group is gone, as it should be.
  }
  step = undefined;
}
