// One process of the product under test: started from a build, killed, frozen, asked to stop. Knows health; does
// not know what the process does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { OwnedProcess } from '#testing';

export interface AppSpec {
  name: string;
  /** Below the build, e.g. `apps/assistant-stream/src/main.js`. */
  main: string;
  port: number;
  env: Record<string, string>;
}

export class AppProcess {
  frozen = false;
  /** Has answered since its last start. */
  live = false;
  readonly log: string;
  private process: OwnedProcess | undefined;

  /** @param root directory that holds `dist`, where package.json resolves the libs */
  constructor(
    readonly spec: AppSpec,
    private readonly root: string,
    dir: string,
  ) {
    this.log = join(dir, `${spec.name}.log`);
  }

  get name(): string {
    return this.spec.name;
  }

  get url(): string {
    return `http://127.0.0.1:${this.spec.port}`;
  }

  get alive(): boolean {
    return this.process?.alive ?? false;
  }

  async start(): Promise<void> {
    const { main, env, port } = this.spec;
    this.frozen = false;
    this.live = false;
    this.process = await OwnedProcess.start({
      command: process.execPath,
      args: [join(this.root, 'dist', main)],
      cwd: this.root,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        PORT: String(port),
        HOST: '127.0.0.1',
        // Processes start by the dozen here.
        NODE_COMPILE_CACHE: join(this.root, '.run/chaos/compile-cache'),
        ...env,
      },
      log: this.log,
    });
  }

  async kill9(): Promise<void> {
    await this.process?.kill9();
  }

  /** SIGTERM; resolves when it has ended. */
  async stop(graceMs = 30_000): Promise<void> {
    if (this.frozen) this.thaw();
    await this.process?.stop(graceMs);
  }

  freeze(): void {
    this.frozen = true;
    this.process?.freeze();
  }

  thaw(): void {
    this.frozen = false;
    this.process?.thaw();
  }

  async ready(): Promise<boolean> {
    return (await this.ask('/health/ready'))?.ok ?? false;
  }

  /** Whether it says that it can use Redis, and that the provider's circuit is closed; undefined when it says nothing. */
  async sees(): Promise<{ redis: boolean; provider: boolean } | undefined> {
    const answer = await this.ask('/health/ready');
    const part = (wanted: string) => answer?.parts.find(({ name }) => name === wanted);
    const redis = part('redis');
    return (
      redis && { redis: redis.status !== 'down', provider: !part('openai')?.cause?.startsWith('circuit') }
    );
  }

  /** @throws when it does not answer in time, with the end of its log */
  async untilLive(ms = 60_000): Promise<void> {
    const deadline = Date.now() + ms;
    while (!(await this.ask('/health/live'))?.ok) {
      if (!this.alive || Date.now() > deadline)
        throw new Error(`unable to start ${this.name}\n${readFileSync(this.log, 'utf8').slice(-1_500)}`);
      await delay(100);
    }
    this.live = true;
  }

  private async ask(path: string): Promise<HealthAnswer | undefined> {
    try {
      const response = await fetch(this.url + path, { signal: AbortSignal.timeout(1_500) });
      const { parts = [] } = (await response.json()) as Partial<HealthAnswer>;
      return { ok: response.ok, parts };
    } catch {
      // Refused, or too busy to answer.
      return undefined;
    }
  }
}

interface HealthAnswer {
  ok: boolean;
  parts: { name: string; status: string; cause?: string }[];
}
