// The whole system as real processes: an emulator, Redis behind a proxy, RabbitMQ behind a proxy, two ingresses,
// three workers, two deliveries behind proxies. Starts and stops them; injects nothing.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, startRabbit, startRedis, TcpProxy, type ServiceHandle } from '#testing';
import { AppProcess } from './app-process.js';
import { CANARY_KEY, CANARY_WEATHER_KEY } from './canaries.js';
import { Emulator } from './emulator.js';

export interface RigOptions {
  seed: number;
  dir: string;
  /** Directory that holds the build to run. */
  root: string;
  leaseMs: number;
  fsync: 'always' | 'everysec';
  resume: 'rerun' | 'background';
  /** A broker that several rigs share; else the rig brings its own. */
  rabbit?: ServiceHandle;
}

export interface RabbitNames {
  exchange: string;
  queue: string;
  routingKey: string;
}

export class Rig {
  emulator!: Emulator;
  redis!: ServiceHandle;
  redisProxy!: TcpProxy;
  rabbit!: ServiceHandle;
  rabbitProxy!: TcpProxy;
  /** The rig's own view of the state, past the proxy. */
  state!: Redis;
  ingresses: AppProcess[] = [];
  workers: AppProcess[] = [];
  deliveries: AppProcess[] = [];
  /** Clients reach delivery i through proxy i. */
  doors: TcpProxy[] = [];
  redisTruth: 'up' | 'down' | 'changing' = 'changing';
  readonly names: RabbitNames;
  readonly prefix = 'chaos:';

  private constructor(readonly options: RigOptions) {
    const tag = `chaos_${options.seed}_${process.pid}_${Date.now().toString(36)}`;
    this.names = { exchange: tag, queue: `${tag}_queue`, routingKey: `${tag}_key` };
  }

  static async start(options: RigOptions): Promise<Rig> {
    const rig = new Rig(options);
    mkdirSync(options.dir, { recursive: true });
    try {
      await rig.bringUp();
    } catch (error) {
      await rig.stop();
      throw error;
    }
    return rig;
  }

  get apps(): AppProcess[] {
    return [...this.ingresses, ...this.workers, ...this.deliveries];
  }

  /** Starts what is not running, ends what is broken, and waits until all are ready. */
  async mend(): Promise<void> {
    this.redisProxy.heal();
    this.rabbitProxy.heal();
    for (const door of this.doors) door.heal();
    await this.emulator.clearRules();
    for (const app of this.apps) {
      if (app.frozen) app.thaw();
      if (!app.alive) await app.start();
    }
    await this.untilReady();
  }

  async untilReady(ms = 60_000): Promise<void> {
    await Promise.all(this.apps.map((app) => app.untilLive(ms)));
    const deadline = Date.now() + ms;
    for (const app of this.apps) {
      while (!(await app.ready())) {
        if (Date.now() > deadline) throw new Error(`unable to go on; ${app.name} is not ready`);
        await delay(100);
      }
    }
    this.redisTruth = 'up';
  }

  async stop(): Promise<void> {
    for (const app of this.apps) if (app.frozen) app.thaw();
    await Promise.all(this.apps.map((app) => app.kill9()));
    this.state?.disconnect();
    await Promise.all([this.redisProxy, this.rabbitProxy, ...this.doors].map((proxy) => proxy?.stop()));
    await Promise.all([this.emulator?.stop(), this.redis?.stop()]);
    if (!this.options.rabbit) await this.rabbit?.stop();
  }

  private async bringUp(): Promise<void> {
    const { fsync, dir, root, rabbit } = this.options;
    [this.redis, this.rabbit, this.emulator] = await Promise.all([
      startRedis({ fsync }),
      rabbit ?? startRabbit(),
      Emulator.start(root, dir),
    ]);
    [this.redisProxy, this.rabbitProxy] = await Promise.all([
      TcpProxy.start({ port: this.redis.port }),
      TcpProxy.start({ port: this.rabbit.port }),
    ]);
    this.state = new Redis(this.redis.url, { retryStrategy: () => 100, maxRetriesPerRequest: null });
    // While Redis is down on purpose that is no news.
    this.state.on('error', () => undefined);
    const make = async (name: string, role: string): Promise<AppProcess> =>
      new AppProcess(
        { name, main: 'apps/assistant-stream/src/main.js', port: await freePort(), env: this.env(role) },
        root,
        dir,
      );
    this.ingresses = [await make('ingress-0', 'ingress'), await make('ingress-1', 'ingress')];
    this.workers = [
      await make('worker-0', 'worker'),
      await make('worker-1', 'worker'),
      await make('worker-2', 'worker'),
    ];
    this.deliveries = [await make('delivery-0', 'delivery'), await make('delivery-1', 'delivery')];
    await Promise.all(this.apps.map((app) => app.start()));
    this.doors = await Promise.all(this.deliveries.map(({ spec }) => TcpProxy.start({ port: spec.port })));
    await this.untilReady();
  }

  private env(role: string): Record<string, string> {
    const { leaseMs, resume } = this.options;
    return {
      ROLE: role,
      LOG_LEVEL: 'info',
      REDIS_URL: `redis://127.0.0.1:${this.redisProxy.port}`,
      REDIS_PREFIX: this.prefix,
      REDIS_COMMAND_TIMEOUT_MS: '2000',
      RABBITMQ_URL: `amqp://guest:guest@127.0.0.1:${this.rabbitProxy.port}`,
      EXCHANGE_NAME: this.names.exchange,
      QUEUE_NAME: this.names.queue,
      ROUTING_KEY: this.names.routingKey,
      OPENAI_BASE_URL: `${this.emulator.url}/v1`,
      OPENAI_API_KEY: CANARY_KEY,
      OPENAI_RESUME: resume,
      OPENWEATHER_BASE_URL: `${this.emulator.url}/openweather`,
      OPENWEATHER_API_KEY: CANARY_WEATHER_KEY,
      RUN_LEASE_MS: String(leaseMs),
      RUN_IDLE_TIMEOUT_MS: '3000',
      RUN_FIRST_OUTPUT_TIMEOUT_MS: '4000',
      // Faults come by the dozen here; the bounds on bad luck are proven one at a time elsewhere.
      RUN_MAX_DEATHS: '100',
      MAX_RETRIES: '10',
      SHUTDOWN_GRACE_MS: '300',
      WS_OPEN: 'true',
    };
  }
}

/** Where a build keeps what a run leaves behind. */
export const runDirectory = (root: string, name: string): string => join(root, '.run', 'chaos', name);
