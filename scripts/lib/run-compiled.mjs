// Hands the terminal over to a compiled program: its input, output, signals and exit code are this script's own.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join, relative } from 'node:path';
import { Fault } from './fault.mjs';
import { ROOT } from './paths.mjs';

/** @returns {Promise<number>} the program's exit code, 128 + n after signal n */
export function runCompiled({ node }, main, args, env) {
  const file = join(ROOT, 'dist', main);
  if (!existsSync(file))
    throw new Fault(`${relative(ROOT, file)} does not exist; this tree does not hold that program`);
  return new Promise((resolve, reject) => {
    const child = spawn(node, ['--enable-source-maps', file, ...args], { stdio: 'inherit', env });
    // A terminal's Ctrl-C reaches the child by itself; what is sent to this process alone is passed on.
    const pass = (name) => child.kill(name);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, pass);
    child.once('error', reject);
    child.once('exit', (code, name) => resolve(code ?? 128 + constants.signals[name]));
  });
}
