// A child process in a group of its own that dies with this process, however this process ends: jest, bench and chaos
// leave no orphan. Knows signals and exits; does not know what the program is.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** What to run. `log` is a file that stdout and stderr are appended to. */
export interface ProcessSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly log: string;
}

/** Signals go to the whole group, so that shell wrappers (rabbitmq-server) and their children share one fate. */
export class OwnedProcess {
  readonly pid: number;
  /** Settles when the group's leader has ended, with a sentence that says how. */
  readonly ended: Promise<string>;
  private running = true;

  private constructor(
    private readonly child: ChildProcess,
    pid: number,
    watchdog: ChildProcess,
  ) {
    this.pid = pid;
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.running = false;
        watchdog.kill('SIGKILL');
        resolve(signal === null ? `exit code ${code}` : `signal ${signal}`);
      });
    });
  }

  /** Starts the program; rejects when it is not there. Its readiness is the caller's to find out. */
  static async start(spec: ProcessSpec): Promise<OwnedProcess> {
    const out = openSync(spec.log, 'a');
    try {
      const child = spawn(spec.command, spec.args, {
        cwd: spec.cwd,
        env: spec.env ?? process.env,
        stdio: ['ignore', out, out],
        detached: true,
      });
      const pid = await new Promise<number>((resolve, reject) => {
        child.once('error', (cause) =>
          reject(new Error(`unable to start ${spec.command}; is it installed?`, { cause })),
        );
        child.once('spawn', () => resolve(child.pid as number));
      });
      // A forgotten service does not keep jest alive; whoever waits for its end takes the reference back.
      child.unref();
      return new OwnedProcess(child, pid, watch(pid));
    } finally {
      closeSync(out);
    }
  }

  get alive(): boolean {
    return this.running;
  }

  /** `kill -9`, as a crash would be; resolves when the process is gone. */
  async kill9(): Promise<void> {
    this.child.ref();
    this.signal('SIGKILL');
    await this.ended;
  }

  /** Asks with SIGTERM and insists with SIGKILL after `graceMs` milliseconds. */
  async stop(graceMs = 10_000): Promise<void> {
    this.child.ref();
    this.signal('SIGTERM');
    const insist = setTimeout(() => this.signal('SIGKILL'), graceMs);
    await this.ended;
    clearTimeout(insist);
    // The leader may be a shell that left before its children.
    signalGroup(this.pid, 'SIGKILL');
  }

  /** SIGSTOP: alive, connected, and silent. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  private signal(name: NodeJS.Signals): void {
    if (this.running) signalGroup(this.pid, name);
  }
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    // ESRCH: the group is gone already, which is what every caller wants.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A shell that sees the pipe from this process close, even after kill -9 or inside jest, where no exit hook fires. */
function watch(pid: number): ChildProcess {
  const watchdog = spawn('sh', ['-c', `cat >/dev/null; kill -9 -${pid} 2>/dev/null`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  (watchdog.stdin as unknown as { unref?: () => void }).unref?.();
  return watchdog;
}
