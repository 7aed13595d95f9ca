// Real Redis, RabbitMQ and Kafka processes for tests, bench and chaos, each on a port and in a directory of its own, that can be
// killed, frozen and restarted. Knows how the programs are started; does not know what is stored in them.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, isFree } from './free-port.js';
import { OwnedProcess, type ProcessSpec } from './owned-process.js';
import { amqpAnswers, ask, kafkaAnswers, redisAnswers, until } from './probe-port.js';

/** One running service; `port` and `url` stay the same over restarts. */
export interface ServiceHandle {
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  /** Process id of the current incarnation; changes at a restart. */
  readonly pid: number;
  /** A crash: SIGKILL, resolves when the process is gone. */
  kill9(): Promise<void>;
  /** SIGSTOP and SIGCONT: the sockets stay open, nothing answers. */
  freeze(): void;
  thaw(): void;
  /** Graceful end; removes the directory unless the caller named it. The handle is of no use afterwards. */
  stop(): Promise<void>;
  /** Stops it if it runs, and starts it on the same port and data (`empty`: on no data). Resolves when it answers. */
  restart(options?: { empty?: boolean }): Promise<void>;
}

export interface RedisOptions {
  /** `appendfsync`; default `always`, the durability class that the product asks for. */
  readonly fsync?: 'always' | 'everysec' | 'no';
  /** Default `noeviction`. */
  readonly maxmemoryPolicy?: string;
  readonly port?: number;
  readonly dir?: string;
}

export interface RabbitOptions {
  readonly port?: number;
  readonly dir?: string;
}

const RABBITMQ_SERVER = process.env.RABBITMQ_SERVER_BIN ?? '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** A Redis of its own with an append-only file. Answers in about 50 ms. */
export async function startRedis(options: RedisOptions = {}): Promise<ServiceHandle> {
  return new Service('redis', options, {
    url: (port) => `redis://127.0.0.1:${port}`,
    answers: redisAnswers,
    timeoutMs: 15_000,
    async prepare(port, dir) {
      const settings = {
        port: String(port),
        bind: '127.0.0.1',
        dir,
        save: '',
        appendonly: 'yes',
        appendfsync: options.fsync ?? 'always',
        'maxmemory-policy': options.maxmemoryPolicy ?? 'noeviction',
      };
      const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
      return { command: 'redis-server', args, log: join(dir, 'redis.log') };
    },
  }).start(options.port);
}

/** A RabbitMQ 3.10+ node of its own, user guest/guest, no plugins. Answers in 3 to 8 seconds. */
export async function startRabbit(options: RabbitOptions = {}): Promise<ServiceHandle> {
  const node = `parley-test-${process.pid}-${Math.random().toString(36).slice(2, 8)}@localhost`;
  return new Service('rabbit', options, {
    url: (port) => `amqp://guest:guest@127.0.0.1:${port}`,
    answers: amqpAnswers,
    timeoutMs: 90_000,
    async prepare(port, dir) {
      for (const [file, text] of [
        ['enabled_plugins', '[].\n'],
        ['rabbitmq.conf', 'log.console = false\n'],
        ['rabbitmq-env.conf', ''],
      ] as const) {
        writeFileSync(join(dir, file), text);
      }
      const env = {
        ...process.env,
        HOME: dir,
        RABBITMQ_NODENAME: node,
        RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
        RABBITMQ_NODE_PORT: String(port),
        RABBITMQ_DIST_PORT: String(await freePort()),
        RABBITMQ_MNESIA_BASE: join(dir, 'data'),
        RABBITMQ_LOG_BASE: join(dir, 'log'),
        RABBITMQ_CONFIG_FILE: join(dir, 'rabbitmq.conf'),
        RABBITMQ_CONF_ENV_FILE: join(dir, 'rabbitmq-env.conf'),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'enabled_plugins'),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
        ERL_EPMD_ADDRESS: '127.0.0.1',
        // The script then becomes the broker (exec) instead of staying in front of it: the pid is the broker's own.
        RABBITMQ_ALLOW_INPUT: '1',
        RABBITMQ_SERVER_START_ARGS: '-noinput +B i',
      };
      return { command: RABBITMQ_SERVER, args: [], env, cwd: dir, log: join(dir, 'rabbit.log') };
    },
  }).start(options.port);
}

/** Where the product's own start keeps Kafka's jars; undefined where it has never started one. */
export function kafkaJars(): string | undefined {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'parley');
  const found = existsSync(cache) ? readdirSync(cache).filter((name) => /^kafka-[\d.]+$/.test(name)) : [];
  return found[0] && join(cache, found[0]);
}

export interface KafkaOptions {
  /** Beside the open one that `url` names; `protocol` is one of Kafka's. */
  readonly listeners?: readonly { readonly protocol: 'SSL' | 'SASL_SSL'; readonly port: number }[];
  /** Further lines of server.properties. */
  readonly settings?: readonly string[];
  /** Further arguments of the tool that prepares the data directory. */
  readonly format?: readonly string[];
}

/** A single Kafka node of its own. Answers in 5 to 15 seconds. @throws Error where {@link kafkaJars} finds none */
export async function startKafka(options: KafkaOptions = {}): Promise<ServiceHandle> {
  const { listeners = [], settings: more = [], format = [] } = options;
  const jars = kafkaJars();
  if (jars === undefined) throw new Error("unable to start kafka; its jars are not in the product's cache");
  const java = (...args: string[]): string[] => ['-cp', join(jars, '*'), ...args];
  return new Service(
    'kafka',
    {},
    {
      url: (port) => `127.0.0.1:${port}`,
      answers: kafkaAnswers,
      timeoutMs: 90_000,
      async prepare(port, dir) {
        const config = join(dir, 'server.properties');
        if (!existsSync(config)) {
          const controller = await freePort();
          const settings = [
            'process.roles=broker,controller',
            'node.id=1',
            `controller.quorum.voters=1@127.0.0.1:${controller}`,
            [
              `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
              ...listeners.map(({ protocol, port: own }) => `${protocol}://127.0.0.1:${own}`),
            ].join(','),
            'controller.listener.names=CONTROLLER',
            'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL',
            `log.dirs=${join(dir, 'data')}`,
            'offsets.topic.replication.factor=1',
            'offsets.topic.num.partitions=4',
            'transaction.state.log.replication.factor=1',
            'transaction.state.log.num.partitions=4',
            'transaction.state.log.min.isr=1',
            'group.initial.rebalance.delay.ms=0',
            ...more,
          ];
          writeFileSync(config, `${settings.join('\n')}\n`);
          // An id must not begin with a dash: the tool would take it for an option.
          const id = `A${randomBytes(16).toString('base64url').slice(1)}`;
          const tool = java('kafka.tools.StorageTool', 'format', '-t', id, '-c', config, ...format);
          execFileSync('java', tool, { stdio: 'ignore' });
        }
        const args = java('-Xms128m', '-Xmx384m', '-XX:TieredStopAtLevel=1', 'kafka.Kafka', config);
        return { command: 'java', args, cwd: dir, log: join(dir, 'kafka.log') };
      },
    },
  ).start(undefined);
}

/** Where the test runner has put the jar of {@link startS3}; undefined where it could not be had. */
export const s3Jar = (): string | undefined => process.env.S3MOCK_JAR;

/** An S3-compatible server of its own with one bucket, `bucket`. Answers in 3 to 6 seconds. @throws Error where {@link s3Jar} has none */
export async function startS3(bucket: string): Promise<ServiceHandle> {
  const jar = s3Jar();
  if (jar === undefined) throw new Error('unable to start S3; its jar was not brought');
  return new Service(
    's3',
    {},
    {
      url: (port) => `http://127.0.0.1:${port}`,
      answers: async (port) =>
        (await ask(port, 'GET / HTTP/1.0\r\n\r\n'))?.toString('latin1').includes(' 200') ?? false,
      timeoutMs: 60_000,
      async prepare(port, dir) {
        const env = {
          ...process.env,
          COM_ADOBE_TESTING_S3MOCK_HTTP_PORT: String(port),
          COM_ADOBE_TESTING_S3MOCK_STORE_ROOT: join(dir, 'data'),
          COM_ADOBE_TESTING_S3MOCK_STORE_INITIAL_BUCKETS: bucket,
          COM_ADOBE_TESTING_S3MOCK_STORE_RETAIN_FILES_ON_EXIT: 'true',
        };
        const args = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-jar', jar, '--server.port=0'];
        return { command: 'java', args, env, cwd: dir, log: join(dir, 's3.log') };
      },
    },
  ).start(undefined);
}

/** The Redis that the test runner brought (REDIS_URL), shared by all suites: use an own key prefix, never flush it. */
export function sharedRedisUrl(): string {
  return process.env.REDIS_URL ?? 'redis://127.0.0.1:6390';
}

/** The RabbitMQ that the test runner brought (RABBITMQ_URL), shared by all suites: use own queue and exchange names. */
export function sharedRabbitUrl(): string {
  return process.env.RABBITMQ_URL ?? 'amqp://guest:guest@127.0.0.1:5690';
}

interface Recipe {
  url(port: number): string;
  answers(port: number): Promise<boolean>;
  prepare(port: number, dir: string): Promise<ProcessSpec>;
  readonly timeoutMs: number;
}

class Service implements ServiceHandle {
  port = 0;
  readonly dir: string;
  private readonly ownsDir: boolean;
  private process: OwnedProcess | undefined;

  constructor(
    private readonly name: string,
    options: { dir?: string },
    private readonly recipe: Recipe,
  ) {
    this.ownsDir = options.dir === undefined;
    this.dir = options.dir ?? mkdtempSync(join(tmpdir(), `parley-${name}-`));
  }

  async start(port: number | undefined): Promise<this> {
    for (let attempt = 1; ; attempt += 1) {
      this.port = port ?? (await freePort());
      try {
        await this.launch();
        return this;
      } catch (error) {
        // Between choosing a free port and listening on it somebody else may have taken it.
        if (port === undefined && attempt < 3) continue;
        this.forget();
        throw error;
      }
    }
  }

  get url(): string {
    return this.recipe.url(this.port);
  }

  get pid(): number {
    return this.process?.pid ?? 0;
  }

  async kill9(): Promise<void> {
    await this.process?.kill9();
  }

  freeze(): void {
    this.process?.freeze();
  }

  thaw(): void {
    this.process?.thaw();
  }

  async stop(): Promise<void> {
    await this.process?.stop();
    this.forget();
  }

  private forget(): void {
    if (this.ownsDir) rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  async restart(options: { empty?: boolean } = {}): Promise<void> {
    if (this.process?.alive) await (options.empty ? this.process.kill9() : this.process.stop());
    if (options.empty) rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
    await this.launch();
  }

  private async launch(): Promise<void> {
    if (!(await isFree(this.port)))
      throw new Error(`unable to start ${this.name}; port ${this.port} is in use`);
    mkdirSync(this.dir, { recursive: true });
    const spec = await this.recipe.prepare(this.port, this.dir);
    const started = await OwnedProcess.start(spec);
    this.process = started;
    try {
      await until(this.name, () => this.recipe.answers(this.port), started.ended, this.recipe.timeoutMs);
    } catch (cause) {
      await started.kill9();
      const tail = readFileSync(spec.log, 'utf8').slice(-600);
      throw new Error(`${(cause as Error).message}\n${tail}`, { cause });
    }
  }
}
