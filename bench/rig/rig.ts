// The things around a measurement: a Redis with fsync, the stand-in provider as a process, and programs of this
// repository on ports of their own. Everything ends with it.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { putAhead } from './ahead.js';
import { freePort, OwnedProcess, startRedis, type RedisOptions, type ServiceHandle } from '#testing';

/** The compiled tree: this file is `<dist>/bench/rig/rig.js`. */
const DIST = fileURLToPath(new URL('../../', import.meta.url));
const READY_MS = 60_000;
/** As `npm start` and the image run the apps; the floors get the same. */
const NODE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=8'];

export interface Program {
  pid: number;
  port: number;
  url: string;
  /** Asks for a garbage collection; only with {@link SpawnOptions.collectable}. */
  collect(): void;
  stop(): Promise<void>;
}

export interface SpawnOptions {
  env?: Record<string, string>;
  /** Path on which it answers 200 once it can be used. */
  ready: string;
  collectable?: boolean;
  /** More of Node's own, as the image gives them to this app. */
  flags?: string[];
}

export interface Surroundings {
  /** For the logs of what is started. */
  runDir: string;
  /** Ahead of the machine's other work; see putAhead. */
  ahead: boolean;
}

export class Rig {
  emulator!: Program;
  private readonly programs: Program[] = [];

  private constructor(
    readonly redis: ServiceHandle,
    private readonly logs: string,
    private readonly ahead: boolean,
  ) {}

  /** @param fsync Redis' appendfsync */
  static async open({ runDir, ahead }: Surroundings, fsync: RedisOptions['fsync'] = 'always'): Promise<Rig> {
    const logs = join(runDir, 'logs');
    mkdirSync(logs, { recursive: true });
    const rig = new Rig(await startRedis({ fsync }), logs, ahead);
    if (ahead) putAhead(rig.redis.pid);
    rig.emulator = await rig.spawn('apps/openai-emulator/src/main.js', { ready: '/_emulator/health' });
    await fetch(`${rig.emulator.url}/_emulator/defaults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ journal_bodies: false, journal_entries: 100 }),
    });
    return rig;
  }

  /** One assistant-stream process with the given roles, on this rig's Redis and provider. */
  app(roles: string, env: Record<string, string> = {}, collectable = false): Promise<Program> {
    return this.spawn('apps/assistant-stream/src/main.js', {
      ready: '/health/ready',
      collectable,
      env: {
        ROLE: roles,
        NODE_ENV: 'development',
        LOG_LEVEL: 'warn',
        WS_OPEN: 'true',
        REDIS_URL: this.redis.url,
        OPENAI_API_KEY: 'bench',
        OPENAI_BASE_URL: `${this.emulator.url}/v1`,
        ...env,
      },
    });
  }

  /** @param file below the compiled tree; PORT and HOST are given to it */
  async spawn(file: string, { env, ready, collectable = false, flags = [] }: SpawnOptions): Promise<Program> {
    const port = await freePort();
    const log = join(this.logs, `${file.split('/').slice(-3, -2).join('') || 'bench'}-${port}.log`);
    const collector = join(DIST, 'bench/rig/collect-on-signal.js');
    const args = [...NODE_FLAGS, ...flags, ...(collectable ? ['--expose-gc', '--import', collector] : [])];
    const profile = process.env['BENCH_PROFILE'];
    if (profile) args.push('--cpu-prof', `--cpu-prof-dir=${profile}`);
    const owned = await OwnedProcess.start({
      command: process.execPath,
      args: [...args, join(DIST, file)],
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        PORT: String(port),
        HOST: '127.0.0.1',
        ...env,
      },
      log,
    });
    if (this.ahead) putAhead(owned.pid);
    const url = `http://127.0.0.1:${port}`;
    const program = {
      pid: owned.pid,
      port,
      url,
      collect: () => void process.kill(owned.pid, 'SIGUSR2'),
      stop: () => owned.stop(),
    };
    this.programs.push(program);
    await answers(url + ready, file, () => owned.alive, log);
    return program;
  }

  async close(): Promise<void> {
    await Promise.all(this.programs.map((program) => program.stop()));
    await this.redis.stop();
  }
}

async function answers(url: string, file: string, alive: () => boolean, log: string): Promise<void> {
  const until = Date.now() + READY_MS;
  for (;;) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    if (!alive() || Date.now() > until) throw new Error(`unable to start ${file}; see ${log}`);
    await delay(50);
  }
}
