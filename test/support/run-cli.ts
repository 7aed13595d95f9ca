// The command line as a process of its own, compiled as users get it. Says how a call ended and what it wrote on which stream;
// whether that is right is the story's to say.
import { spawn } from 'node:child_process';

const MAIN = `${process.cwd()}/dist/apps/cli/src/main.js`;

export interface CliOutcome {
  /** null: a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  /** Beside what this process has. */
  env?: Readonly<Record<string, string>>;
  /** What is typed; the end of input follows. Default: nothing. */
  input?: string;
  /** Default: where the tests run. */
  cwd?: string;
}

/** `parley <args>`. A call that fails resolves too, with its code; rejects only when the process cannot be started. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliOutcome> {
  const { env, input = '', cwd } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd,
      // What jest was started with is not for the program.
      env: { ...process.env, NODE_OPTIONS: '', ...env },
    });
    const written = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (text: string) => (written[stream] += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...written }));
    // A command that does not ask is gone before it could read.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
