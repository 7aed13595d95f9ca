// One of Parley's own programs as a child process on a free port. Knows how they say that they are ready; does not
// know what they do.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { OwnedProcess } from './owned-process.js';

export interface AppSpec {
  /** Directory below `dist/apps`. */
  readonly app: 'gateway' | 'assistant-stream' | 'gpt-worker' | 'openai-emulator';
  readonly env: Readonly<Record<string, string>>;
  /** Path that answers 200 when the app is ready. */
  readonly readyPath: string;
  /** Default: where the tests run. */
  readonly cwd?: string;
}

const READY_MS = 75_000;

export class AppProcess {
  private constructor(
    readonly spec: AppSpec,
    readonly port: number,
    private readonly process: OwnedProcess,
    private readonly dir: string,
  ) {}

  /** Starts the built program and resolves when it is ready; `ready: false` resolves as soon as its port answers. */
  static async start(spec: AppSpec, options: { port?: number; ready?: boolean } = {}): Promise<AppProcess> {
    const port = options.port ?? (await freePort());
    const dir = mkdtempSync(join(tmpdir(), `parley-${spec.app}-`));
    const env = {
      PATH: process.env['PATH'],
      HOME: dir,
      // Dozens of starts of the same programs in one test run: compiled once.
      NODE_COMPILE_CACHE: join(tmpdir(), 'parley-compile-cache'),
      STORAGE_DIR: join(dir, 'storage'),
      ...spec.env,
      HOST: '127.0.0.1',
      PORT: String(port),
    };
    const started = await OwnedProcess.start({
      command: process.execPath,
      args: [join(process.cwd(), `dist/apps/${spec.app}/src/main.js`)],
      ...(spec.cwd !== undefined && { cwd: spec.cwd }),
      env,
      log: join(dir, 'log'),
    });
    const app = new AppProcess(spec, port, started, dir);
    await app.until(options.ready ?? true);
    return app;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.process.pid;
  }

  get alive(): boolean {
    return this.process.alive;
  }

  /** How it ended, once it has. */
  get ended(): Promise<string> {
    return this.process.ended;
  }

  /** Everything it has written so far. */
  log(): string {
    return readFileSync(join(this.dir, 'log'), 'utf8');
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.pid, name);
  }

  async kill9(): Promise<void> {
    await this.process.kill9();
  }

  /** SIGTERM, and SIGKILL when that is not heard. */
  async stop(): Promise<void> {
    if (this.process.alive) await this.process.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** The same program with the same settings on the same port again. */
  async again(): Promise<AppProcess> {
    return AppProcess.start(this.spec, { port: this.port });
  }

  private async until(ready: boolean): Promise<void> {
    const deadline = Date.now() + READY_MS;
    let answer = 'no answer';
    while (Date.now() < deadline) {
      if (!this.process.alive)
        throw new Error(`${this.spec.app} ended (${await this.process.ended})\n${this.log().slice(-3_000)}`);
      try {
        const response = await fetch(this.url + this.spec.readyPath);
        if (response.ok || !ready) return;
        answer = await response.text();
      } catch {
        // Not listening yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    await this.process.kill9();
    throw new Error(`${this.spec.app} is not ready: ${answer}\n${this.log().slice(-3_000)}`);
  }
}
