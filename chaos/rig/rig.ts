// The whole system as real processes: an emulator, Redis behind a proxy, RabbitMQ behind a proxy, two ingresses,
// three workers, two deliveries behind proxies, Kafka and what reads from it. Starts and stops them; injects nothing.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, startRabbit, startRedis, TcpProxy, type ServiceHandle } from '#testing';
import { AppProcess, type AppSpec } from './app-process.js';
import { CANARY_KEY, CANARY_WEATHER_KEY } from './canaries.js';
import { kafkaIsAbsent } from './committed-records.js';
import { Emulator } from './emulator.js';
import { KafkaSide } from './kafka-side.js';

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
  /** Only Kafka and what reads from it, without RabbitMQ and WebSockets. */
  kafkaOnly?: boolean;
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
  /** Absent, with its proxy, in a rig of Kafka only. */
  rabbit!: ServiceHandle;
  rabbitProxy!: TcpProxy;
  /** Absent where it cannot be had. */
  kafka: KafkaSide | undefined;
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
    return [...this.ingresses, ...this.workers, ...this.deliveries, ...this.gptWorkers];
  }

  get gptWorkers(): AppProcess[] {
    return this.kafka?.workers ?? [];
  }

  /** Starts what is not running, ends what is broken, and waits until all are ready. */
  async mend(): Promise<void> {
    this.redisProxy.heal();
    this.rabbitProxy?.heal();
    this.kafka?.broker.thaw();
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
    const all = [...this.apps, ...(this.kafka ? [this.kafka.extra] : [])];
    for (const app of all) if (app?.frozen) app.thaw();
    await Promise.all(all.map((app) => app?.kill9()));
    this.state?.disconnect();
    await Promise.all([this.redisProxy, this.rabbitProxy, ...this.doors].map((proxy) => proxy?.stop()));
    await Promise.all([this.emulator?.stop(), this.redis?.stop(), this.kafka?.stop()]);
    if (!this.options.rabbit) await this.rabbit?.stop();
  }

  private async bringUp(): Promise<void> {
    const { fsync, dir, root, rabbit, kafkaOnly } = this.options;
    const absent = kafkaIsAbsent();
    if (absent !== undefined) process.stdout.write(`  goes on without Kafka: ${absent}\n`);
    [this.redis, this.emulator, this.kafka] = await Promise.all([
      startRedis({ fsync }),
      Emulator.start(root, dir),
      absent === undefined ? KafkaSide.start() : undefined,
      kafkaOnly ? undefined : this.bringRabbit(rabbit),
    ]);
    this.redisProxy = await TcpProxy.start({ port: this.redis.port });
    this.state = new Redis(this.redis.url, { retryStrategy: () => 100, maxRetriesPerRequest: null });
    // While Redis is down on purpose that is no news.
    this.state.on('error', () => undefined);
    if (!kafkaOnly) await this.makeStreams();
    await this.kafka?.makeWorkers(kafkaOnly ? 3 : 2, (name, port, env) =>
      this.make({ name, main: 'gpt-worker', port, env: { ...this.commonEnv(), ...env } }),
    );
    await Promise.all(this.apps.map((app) => app.start()));
    this.doors = await Promise.all(this.deliveries.map(({ spec }) => TcpProxy.start({ port: spec.port })));
    await this.untilReady();
  }

  private async bringRabbit(shared: ServiceHandle | undefined): Promise<void> {
    this.rabbit = shared ?? (await startRabbit());
    this.rabbitProxy = await TcpProxy.start({ port: this.rabbit.port });
  }

  private async makeStreams(): Promise<void> {
    const some = (role: string, count: number): Promise<AppProcess[]> =>
      Promise.all(
        Array.from({ length: count }, async (_, i) =>
          this.make({
            name: `${role}-${i}`,
            main: 'assistant-stream',
            port: await freePort(),
            env: this.streamEnv(role),
          }),
        ),
      );
    [this.ingresses, this.workers, this.deliveries] = await Promise.all([
      some('ingress', 2),
      some('worker', 3),
      some('delivery', 2),
    ]);
  }

  private make({ main, ...spec }: AppSpec): AppProcess {
    const { root, dir } = this.options;
    return new AppProcess({ ...spec, main: `apps/${main}/src/main.js` }, root, dir);
  }

  private streamEnv(role: string): Record<string, string> {
    return {
      ...this.commonEnv(),
      ROLE: role,
      RABBITMQ_URL: `amqp://guest:guest@127.0.0.1:${this.rabbitProxy.port}`,
      EXCHANGE_NAME: this.names.exchange,
      QUEUE_NAME: this.names.queue,
      ROUTING_KEY: this.names.routingKey,
      WS_OPEN: 'true',
    };
  }

  private commonEnv(): Record<string, string> {
    const { leaseMs, resume } = this.options;
    return {
      LOG_LEVEL: 'info',
      REDIS_URL: `redis://127.0.0.1:${this.redisProxy.port}`,
      REDIS_PREFIX: this.prefix,
      REDIS_COMMAND_TIMEOUT_MS: '2000',
      OPENAI_BASE_URL: `${this.emulator.url}/v1`,
      OPENAI_API_KEY: CANARY_KEY,
      OPENAI_RESUME: resume,
      OPENWEATHER_BASE_URL: `${this.emulator.url}/openweather`,
      OPENWEATHER_API_KEY: CANARY_WEATHER_KEY,
      RUN_LEASE_MS: String(leaseMs),
      RUN_IDLE_TIMEOUT_MS: '3000',
      RUN_FIRST_OUTPUT_TIMEOUT_MS: '4000',
      // The same for one-shot requests, in seconds.
      TIMEOUT: '3',
      // Faults come by the dozen here; the bounds on bad luck are proven one at a time elsewhere.
      RUN_MAX_DEATHS: '100',
      MAX_RETRIES: '10',
      SHUTDOWN_GRACE_MS: '300',
      // Any worker may take up a request that came by Kafka, so they all have the same limits.
      REQUESTS_PER_MINUTE: '0',
      DAILY_TOKEN_LIMIT: '0',
    };
  }
}

/** Where a build keeps what a run leaves behind. */
export const runDirectory = (root: string, name: string): string => join(root, '.run', 'chaos', name);
