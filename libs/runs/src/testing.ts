// Workers for specs: on a real Redis under a prefix of their own, against an emulator of their own.
import { randomBytes } from 'node:crypto';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CompletionsConfig,
  ConfigModule,
  LimitsConfig,
  OpenaiConfig,
  PrivacyConfig,
  RabbitConfig,
  RedisConfig,
  RunsConfig,
  ServerConfig,
  ToolsConfig,
} from '#config';
import { channelKey, isRunEnded, type RunEnded, type RunEvent } from '#contracts';
import { RedisModule, StateRedis } from '#redis';
import { TelemetryModule } from '#telemetry';
import { startEmulator, type RunningEmulator } from '../../../apps/openai-emulator/src/index.js';
import { sharedRedisUrl } from '../../../test/support/index.js';
import { WorkersModule } from './workers.module.js';

export interface WorkerOptions {
  env?: Partial<RunsConfig>;
  openai?: Partial<OpenaiConfig>;
  completions?: Partial<CompletionsConfig>;
  privacy?: Partial<PrivacyConfig>;
  limits?: Partial<LimitsConfig>;
}

export class TestWorkers {
  private readonly prefix = `test:${randomBytes(6).toString('hex')}:`;
  private readonly apps: INestApplicationContext[] = [];

  private constructor(readonly emulator: RunningEmulator) {}

  static async open(): Promise<TestWorkers> {
    const emulator = await startEmulator();
    emulator.control.setDefaults({ ttft_ms: 1, tokens_per_second: 0 });
    return new TestWorkers(emulator);
  }

  async close(): Promise<void> {
    const redis = this.apps[0]?.get(StateRedis);
    if (redis) {
      const keys = await redis.client.keys(`${this.prefix}*`);
      if (keys.length > 0) await redis.client.del(...keys);
    }
    await Promise.all(this.apps.map((app) => app.close()));
    await this.emulator.close();
  }

  /** Ends one of them as a planned stop does. */
  async stop(app: INestApplicationContext): Promise<void> {
    this.apps.splice(this.apps.indexOf(app), 1);
    await app.close();
  }

  /** One more worker process, as it were. */
  async start({
    env,
    openai,
    completions,
    privacy,
    limits,
  }: WorkerOptions = {}): Promise<INestApplicationContext> {
    const { emulator, prefix } = this;
    const configs = [
      Object.assign(new RedisConfig(), { url: sharedRedisUrl(), prefix }),
      Object.assign(new RunsConfig(), { leaseMs: 10_000, firstOutputMs: 10_000, idleMs: 10_000, ...env }),
      Object.assign(new OpenaiConfig(), {
        apiKey: 'sk-test',
        baseUrl: `${emulator.url}/v1`,
        model: 'gpt-6-luna',
        ...openai,
      }),
      Object.assign(new CompletionsConfig(), completions),
      Object.assign(new PrivacyConfig(), privacy),
      Object.assign(new LimitsConfig(), limits),
      Object.assign(new ServerConfig(), { shutdownGraceMs: 0 }),
      Object.assign(new ToolsConfig(), {
        openweatherKey: 'k',
        openweatherUrl: `${emulator.url}/openweather`,
      }),
      new RabbitConfig(),
    ];
    @Module({ imports: [ConfigModule.of(configs), TelemetryModule, RedisModule, WorkersModule] })
    class TestModule {}
    const app = await NestFactory.createApplicationContext(TestModule, { logger: false });
    this.apps.push(app);
    return app;
  }
}

export async function eventsOf(app: INestApplicationContext, channel: string): Promise<RunEvent[]> {
  const redis = app.get(StateRedis);
  const chk = channelKey({ tenant: 'default', channel });
  const rows = await redis.attempt((client) => client.xrange(redis.keys.shardOf(chk).log(chk), '-', '+'));
  return rows.map(([, fields]) => JSON.parse(fields[1]!) as RunEvent);
}

/** Waits by asking, because the log is the only witness. */
export async function untilSeen(
  app: INestApplicationContext,
  seen: (all: RunEvent[]) => boolean,
  channel: string,
  ms = 15_000,
): Promise<RunEvent[]> {
  const deadline = Date.now() + ms;
  for (;;) {
    const all = await eventsOf(app, channel);
    if (seen(all)) return all;
    if (Date.now() > deadline) throw new Error(`not seen in ${all.map((event) => event.type).join(' ')}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

export const ended =
  (count = 1) =>
  (all: RunEvent[]): boolean =>
    all.filter(isRunEnded).length >= count;
export const lastEnd = (all: RunEvent[]): RunEnded =>
  all.findLast((event): event is RunEnded => isRunEnded(event))!;
