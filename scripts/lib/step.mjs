// One step of `npm test`: a node program that shares the terminal's output and ends with everything it started.
import { spawn } from 'node:child_process';
import { ROOT } from './paths.mjs';

let step;

/** In a group of its own, so that what a test leaves running can be ended with it. */
export function runStep(node, args, env) {
  return new Promise((resolve, reject) => {
    step = spawn(node, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    step.once('error', reject);
    step.once('exit', (code) => {
      stopStep();
      resolve(code ?? 1);
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
