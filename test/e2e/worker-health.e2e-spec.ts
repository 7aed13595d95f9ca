// The Kafka worker's /health: four checks, each made false by what it is about, while liveness stays and readiness has its own
// mind. Needs a broker in BOOTSTRAP_SERVER; without one it is skipped.
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { AppProcess } from '../support/app-process.js';
import { sharedRedisUrl } from '../support/services.js';

const BOOTSTRAP_SERVER = process.env['BOOTSTRAP_SERVER'] ?? '';
const withKafka = BOOTSTRAP_SERVER === '' ? describe.skip : describe;
const GOOD = { openai_api: true, kafka_broker: true, memory_usage: true, queue_depth: true };

interface Health {
  http: number;
  status: string;
  checks: Record<string, boolean>;
  causes: Record<string, string>;
}

async function ask(app: AppProcess, path: string): Promise<Health> {
  const response = await fetch(app.url + path);
  return { http: response.status, ...((await response.json()) as Omit<Health, 'http'>) };
}

/** Asks until the checks are these; fails with the last answer. */
async function becomes(app: AppProcess, checks: Record<string, boolean>, ms: number): Promise<Health> {
  const deadline = Date.now() + ms;
  for (;;) {
    const health = await ask(app, '/health');
    const there = Object.entries(checks).every(([name, value]) => health.checks[name] === value);
    if (there || Date.now() > deadline) {
      expect(health.checks).toEqual(checks);
      return health;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

withKafka("the worker's health", () => {
  const prefix = `wh${randomBytes(5).toString('hex')}:`;
  const redis = new Redis(sharedRedisUrl());
  let emulator: AppProcess;
  let worker: AppProcess | undefined;

  beforeAll(async () => {
    emulator = await AppProcess.start({ app: 'openai-emulator', env: {}, readyPath: '/_emulator/health' });
  }, 60_000);
  afterEach(() => worker?.stop(), 30_000);
  afterAll(async () => {
    await emulator.stop();
    const keys = await redis.keys(`${prefix}*`);
    if (keys.length > 0) await redis.unlink(...keys);
    redis.disconnect();
  }, 30_000);

  const start = async (env: Record<string, string> = {}, ready = true): Promise<AppProcess> => {
    const settings = {
      NODE_ENV: 'test',
      REDIS_URL: sharedRedisUrl(),
      REDIS_PREFIX: prefix,
      BOOTSTRAP_SERVER,
      CONSUMER_GROUP: prefix,
      OPENAI_API_KEY: 'sk-e2e',
      OPENAI_BASE_URL: `${emulator.url}/v1`,
      ...env,
    };
    worker = await AppProcess.start(
      { app: 'gpt-worker', env: settings, readyPath: '/health/ready' },
      { ready },
    );
    return worker;
  };

  test('is 200 while all four are well', async () => {
    const health = await becomes(await start(), GOOD, 10_000);
    expect(health).toMatchObject({ http: 200, status: 'healthy', causes: {} });
    expect(new Date((health as unknown as { timestamp: string }).timestamp).getTime()).toBeGreaterThan(0);
  }, 60_000);

  test('memory_usage: a low limit is exceeded, and only this check says so', async () => {
    const app = await start({ MEMORY_LIMIT_MB: '1' });
    const health = await becomes(app, { ...GOOD, memory_usage: false }, 10_000);
    expect(health).toMatchObject({ http: 503, status: 'unhealthy' });
    expect(health.causes).toEqual({
      memory_usage: expect.stringMatching(/^\d+ MiB resident, the limit is 1$/),
    });
    expect((await ask(app, '/health/live')).http).toBe(200);
    expect((await ask(app, '/health/ready')).http).toBe(200);
  }, 60_000);

  test('queue_depth: more unfinished runs than the limit', async () => {
    const app = await start({ QUEUE_DEPTH_MAX: '2' });
    await becomes(app, GOOD, 10_000);
    await redis.hset(`${prefix}{s00}:counters`, 'open', 3);
    const health = await becomes(app, { ...GOOD, queue_depth: false }, 5_000);
    expect(health.http).toBe(503);
    await redis.hset(`${prefix}{s00}:counters`, 'open', 0);
    expect((await becomes(app, GOOD, 5_000)).http).toBe(200);
  }, 60_000);

  test('kafka_broker: no broker at that address; the worker lives, and is not ready', async () => {
    const app = await start({ BOOTSTRAP_SERVER: '127.0.0.1:1' }, false);
    const health = await becomes(app, { ...GOOD, kafka_broker: false }, 10_000);
    expect(health).toMatchObject({ http: 503, causes: { kafka_broker: expect.any(String) } });
    expect((await ask(app, '/health/live')).http).toBe(200);
    expect((await ask(app, '/health/ready')).http).toBe(503);
  }, 60_000);

  test('openai_api: the provider is away when the worker starts, and is back later', async () => {
    await emulator.kill9();
    const app = await start();
    const health = await becomes(app, { ...GOOD, openai_api: false }, 10_000);
    expect(health.http).toBe(503);
    expect(health.causes['openai_api']).toMatch(/connection|no answer yet/);
    expect((await ask(app, '/health/ready')).http).toBe(200);
    emulator = await emulator.again();
    // What was asked is believed for 30 s.
    expect((await becomes(app, GOOD, 45_000)).http).toBe(200);
  }, 90_000);
});
