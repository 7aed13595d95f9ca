// A whole Parley for stories: the built apps and the emulator as child processes on free ports, on the shared Redis and RabbitMQ
// under names of their own. Stories talk to it through its outside doors only.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { AppProcess } from './app-process.js';
import { FrameSocket, type SocketOptions } from './frame-socket.js';
import { RabbitClient } from './rabbit-client.js';
import { runCli, type CliOptions, type CliOutcome } from './run-cli.js';
import { sharedRabbitUrl, sharedRedisUrl } from './services.js';

export interface SystemOptions {
  /** For all apps. */
  env?: Record<string, string>;
  /** Roles of each assistant-stream process; default one with all. */
  streams?: string[];
  /** Default true. */
  gateway?: boolean;
  /** Default: the shared ones of the test run. */
  redisUrl?: string;
  rabbitUrl?: string;
  /** `POST /_emulator/defaults`: pace of all answers. */
  emulator?: Record<string, unknown>;
}

export interface Rest {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

export interface JournalEntry {
  n: number;
  path: string;
  body?: Record<string, unknown>;
  status?: number;
  outcome: string;
}

export const ADMIN = { user: 'admin', password: 'e2e-password' };

export class ParleySystem {
  readonly sockets: FrameSocket[] = [];

  private constructor(
    readonly env: Record<string, string>,
    readonly emulator: AppProcess,
    readonly streams: AppProcess[],
    readonly gateway: AppProcess | undefined,
    readonly rabbit: RabbitClient,
    /** For looking at the documented keys, all below `prefix`. */
    readonly redis: Redis,
    readonly prefix: string,
    /** Where its processes keep files. */
    readonly directory: string,
  ) {}

  static async start(options: SystemOptions = {}): Promise<ParleySystem> {
    const name = `e2e${randomBytes(5).toString('hex')}`;
    const prefix = `${name}:`;
    const redisUrl = options.redisUrl ?? sharedRedisUrl();
    const rabbitUrl = options.rabbitUrl ?? sharedRabbitUrl();
    const names = { exchange: `${name}_x`, queue: `${name}_q`, routingKey: 'cosmo_key' };
    const emulator = await AppProcess.start({
      app: 'openai-emulator',
      env: {},
      readyPath: '/_emulator/health',
    });
    const directory = mkdtempSync(join(tmpdir(), 'parley-system-'));
    const env = {
      NODE_ENV: 'test',
      STORAGE_DIR: directory,
      REDIS_URL: redisUrl,
      REDIS_PREFIX: prefix,
      RABBITMQ_URL: rabbitUrl,
      EXCHANGE_NAME: names.exchange,
      QUEUE_NAME: names.queue,
      OPENAI_API_KEY: 'sk-e2e',
      OPENAI_BASE_URL: `${emulator.url}/v1`,
      OPENWEATHER_API_KEY: 'weather-e2e',
      OPENWEATHER_BASE_URL: `${emulator.url}/openweather`,
      ADMIN_USER: ADMIN.user,
      ADMIN_PASSWORD: ADMIN.password,
      ...options.env,
    };
    const readyPath = '/health/ready';
    const started: AppProcess[] = [emulator];
    const launch = async (app: 'gateway' | 'assistant-stream', extra: Record<string, string>) => {
      const process = await AppProcess.start({ app, env: { ...env, ...extra }, readyPath });
      started.push(process);
      return process;
    };
    const results = await Promise.allSettled([
      options.gateway === false ? undefined : launch('gateway', {}),
      ...(options.streams ?? ['ingress,worker,delivery']).map((ROLE) => launch('assistant-stream', { ROLE })),
    ]);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) {
      await Promise.all(started.map((process) => process.stop()));
      throw failed.reason;
    }
    const [gateway, ...streams] = results.map((result) => (result as { value?: AppProcess }).value);
    const redis = new Redis(redisUrl);
    const rabbit = await RabbitClient.open(rabbitUrl, names);
    const system = new ParleySystem(
      env,
      emulator,
      streams as AppProcess[],
      gateway,
      rabbit,
      redis,
      prefix,
      directory,
    );
    if (options.emulator) await system.control('POST', 'defaults', options.emulator);
    return system;
  }

  /** The first assistant-stream that delivers. */
  get delivery(): AppProcess {
    return this.streams.find(({ spec }) => spec.env['ROLE']!.includes('delivery'))!;
  }

  /** Publishes as a foreign producer would. */
  publish(channel: string, message_id: string, message: string, options = {}): Promise<void> {
    return this.rabbit.publish({ channel, message_id, message }, options);
  }

  async connect(options: SocketOptions & { to?: AppProcess } = {}): Promise<FrameSocket> {
    const url = `ws://127.0.0.1:${(options.to ?? this.delivery).port}/ws`;
    const socket = await FrameSocket.open(url, options);
    this.sockets.push(socket);
    return socket;
  }

  /** A socket that has subscribed; `extra` are members of the subscribe frame. */
  async subscribe(
    channel: string,
    extra: Record<string, unknown> = {},
    to?: AppProcess,
  ): Promise<FrameSocket> {
    const socket = await this.connect(to ? { to } : {});
    socket.send({ action: 'subscribe', channel, ...extra });
    await socket.settled();
    return socket;
  }

  async rest(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Rest> {
    return call(this.gateway!.url + path, method, body, headers);
  }

  /** Like {@link rest}, with the administrator's login. */
  async admin(method: string, path: string, body?: unknown): Promise<Rest> {
    const login = Buffer.from(`${ADMIN.user}:${ADMIN.password}`).toString('base64');
    return this.rest(method, path, body, { authorization: `Basic ${login}` });
  }

  /** `parley <args>` of the same installation. */
  cli(args: readonly string[], { env, ...options }: CliOptions = {}): Promise<CliOutcome> {
    return runCli(args, { ...options, env: { ...this.env, ...env } });
  }

  /**
   * What `parley <args>` answers.
   * @throws Error with what it says on stderr, when it fails
   */
  async cliAnswer(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.cli(args);
    if (code !== 0) throw new Error(`parley ${args.join(' ')} ended with ${code}\n${stderr}`);
    return stdout;
  }

  async control(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    return (await call(`${this.emulator.url}/_emulator/${path}`, method, body)).body;
  }

  /** What the provider was asked, oldest first. */
  async journal(path = '/v1/responses'): Promise<JournalEntry[]> {
    const query = `journal?path=${encodeURIComponent(path)}&limit=10000`;
    return (await this.control('GET', query)) as unknown as JournalEntry[];
  }

  /** Ends all processes and removes what they left on the shared services. */
  async stop(): Promise<void> {
    for (const { socket } of this.sockets) socket.terminate();
    await Promise.all([...this.streams, ...(this.gateway ? [this.gateway] : [])].map((app) => app.stop()));
    await this.emulator.stop();
    await this.rabbit.remove().catch(() => undefined);
    await this.rabbit.close();
    for await (const keys of this.redis.scanStream({ match: `${this.prefix}*`, count: 1_000 }))
      if ((keys as string[]).length > 0) await this.redis.unlink(...(keys as string[]));
    this.redis.disconnect();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

async function call(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Rest> {
  const raw = typeof body === 'string' || Buffer.isBuffer(body);
  const response = await fetch(url, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: raw ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get('content-type')?.includes('json') && text !== '';
  return {
    status: response.status,
    body: (json ? JSON.parse(text) : { text }) as Record<string, unknown>,
    headers: response.headers,
  };
}

/** Starts a system; `stop()` it in `afterAll`. */
export const startSystem = (options?: SystemOptions): Promise<ParleySystem> => ParleySystem.start(options);
