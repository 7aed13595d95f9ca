// What is kept goes by itself: after requests of every kind each key has an expiry, or is one of the few that a job or nobody
// shortens, and those name no person.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { startEmulator, type RunningEmulator } from '../../../apps/openai-emulator/src/index.js';
import { ALL_CONFIGS, ConfigModule, loadConfigs } from '#config';
import { RedisModule, StateRedis } from '#redis';
import { Intake, RunStore, WorkersModule } from '#runs';
import { TelemetryModule } from '#telemetry';
import { findInRedis, sharedRedisUrl } from '#testing';

const ADA = 'ada.canary@example.com';
const TEXT = 'sekrit-canary';

/** Without an expiry: bounded by a job, or a few bytes that stay. */
const LASTING = [
  /\{boot\}:/,
  /\{s\d\d\}:(counters|circuit|threads|owners|o:u:.{22})$/,
  /\{assistants\}:/,
  /assistant_id$/,
  // Trimmed, or without the rows that are too old, by `usage-upkeep`.
  /\{usage\}:(ledger|periods|rows):/,
  // Kept short by BullMQ.
  /\{jobs\}:/,
  /\{usage\}:(tenants|pseudonym|open|waiting)$/,
];

let emulator: RunningEmulator;
let app: INestApplicationContext;
let redis: StateRedis;
const prefix = `test-${randomBytes(6).toString('hex')}:`;

beforeAll(async () => {
  emulator = await startEmulator();
  emulator.control.setDefaults({ ttft_ms: 1, tokens_per_second: 0 });
  const configs = loadConfigs(ALL_CONFIGS, {
    REDIS_URL: sharedRedisUrl(),
    REDIS_PREFIX: prefix,
    BOOTSTRAP_SERVER: '127.0.0.1:9092',
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: `${emulator.url}/v1`,
    MODEL: 'gpt-4o-mini',
    CACHE_TTL_SECONDS: '300',
    REDIS_THREAD_EXPIRY: '600',
    DEDUPLICATION_SECONDS: '60',
    SHUTDOWN_GRACE_MS: '0',
  });
  @Module({ imports: [ConfigModule.of(configs), TelemetryModule, RedisModule, WorkersModule] })
  class TestModule {}
  app = await NestFactory.createApplicationContext(TestModule, { logger: false, abortOnError: false });
  redis = app.get(StateRedis);
});
afterAll(async () => {
  await redis.client.unlink(`${prefix}none`, ...(await redis.client.keys(`${prefix}*`)));
  await app.close();
  await emulator.close();
});

async function ask(message: string, channel: string, one: boolean): Promise<void> {
  const command = {
    tenant: 'default',
    channel,
    message_id: 'm',
    message,
    source: 'kafka' as const,
    user: ADA,
  };
  const { run_id } = await app.get(Intake).submit({ ...command, ...(one && { request: {} }) });
  for (let tries = 0; (await app.get(RunStore).get(run_id))?.finished_at === undefined; tries++) {
    if (tries > 600) throw new Error('no end');
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

test('every key expires, but for those that a job shortens', async () => {
  await ask(`${TEXT} alone`, 'gpt:k', true);
  await ask(`${TEXT} in a thread`, 'room', false);
  const lasting: string[] = [];
  const longest: Record<string, number> = {};
  for (const key of await redis.client.keys(`${prefix}*`)) {
    const seconds = await redis.client.ttl(key);
    if (seconds === -1) lasting.push(key);
    for (const part of ['{answers}', ':items', ':log', 'thread:', ':r:'])
      if (key.includes(part) && !key.includes('{usage}'))
        longest[part] = Math.max(longest[part] ?? 0, seconds);
  }
  expect(lasting.filter((key) => !LASTING.some((one) => one.test(key)))).toEqual([]);
  expect(longest['{answers}']).toBeLessThanOrEqual(300);
  expect(longest[':items']).toBeLessThanOrEqual(600);
  expect(longest['thread:']).toBeLessThanOrEqual(600);
  expect(longest[':r:']).toBeLessThanOrEqual(60);
  // The message itself stands where it is needed only: in the conversation, and in what answered it.
  const holders = await findInRedis(redis.client, prefix, TEXT);
  expect(holders.filter((key) => !/:items$|:log$|:r:|\{answers\}/.test(key))).toEqual([]);
  const named = await findInRedis(redis.client, prefix, ADA);
  expect(named.filter((key) => !key.includes('{usage}'))).toEqual([]);
});
