// Requests with far deadlines by batches: real Redis, workers and jobs against the emulator's Batch API, and what is left of it
// when a step is cut off.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { OpenAI } from 'openai';
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
import { channelKey, isRunEnded, runIdOf, type RunEnded, type RunEvent, type RunRequest } from '#contracts';
import { JobQueue } from '#jobs';
import { RedisModule, StateRedis } from '#redis';
import { Metrics, TelemetryModule } from '#telemetry';
import { UsageLedger } from '#usage';
import { startEmulator, type RunningEmulator } from '../../../../apps/openai-emulator/src/index.js';
import { sharedRedisUrl } from '../../../../test/support/index.js';
import { Intake } from '../intake/intake.js';
import { RunStore } from '../run/run-store.js';
import { LeaseScripts } from '../scripts/lease-scripts.js';
import { WorkersModule } from '../workers.module.js';
import { BatchJobs } from './batch-jobs.js';
import { BatchStore } from './batch-store.js';

const HOUR = 3_600_000;

let emulator: RunningEmulator;
let openai: OpenAI;
let prefix: string;
let apps: INestApplicationContext[];

beforeEach(async () => {
  emulator = await startEmulator();
  openai = new OpenAI({ apiKey: 'sk-test', baseURL: `${emulator.url}/v1`, maxRetries: 0 });
  prefix = `test:${randomBytes(6).toString('hex')}:`;
  apps = [];
});
afterEach(async () => {
  const redis = apps[0]?.get(StateRedis);
  if (redis) {
    // However it ended: nothing is held for a request that waits for no batch any more.
    await until(async () => {
      const held = (await open(apps[0]!)).filter((id) => id.endsWith(':batch'));
      const asked = held.map((id) => `${redis.keys.batches}r:${id.replace(/:batch$/, '')}`);
      const states = await Promise.all(asked.map((key) => redis.client.hget(key, 'state')));
      return states.every((state) => state === 'waiting' || state === 'sent');
    });
    const keys = await redis.client.keys(`${prefix}*`);
    if (keys.length > 0) await redis.client.del(...keys);
  }
  await Promise.all(apps.map((app) => app.close()));
  await emulator.close();
});

interface Options {
  completions?: Partial<CompletionsConfig>;
  openai?: Partial<OpenaiConfig>;
  limits?: Partial<LimitsConfig>;
  privacy?: Partial<PrivacyConfig>;
}

async function worker({
  completions,
  openai,
  limits,
  privacy,
}: Options = {}): Promise<INestApplicationContext> {
  const configs = [
    Object.assign(new RedisConfig(), { url: sharedRedisUrl(), prefix }),
    Object.assign(new RunsConfig(), { leaseMs: 10_000 }),
    Object.assign(new OpenaiConfig(), { apiKey: 'sk-test', baseUrl: `${emulator.url}/v1`, ...openai }),
    Object.assign(new ServerConfig(), { shutdownGraceMs: 0 }),
    Object.assign(new LimitsConfig(), limits),
    Object.assign(new PrivacyConfig(), privacy),
    new ToolsConfig(),
    new RabbitConfig(),
    Object.assign(new CompletionsConfig(), {
      farDeadline: 'batch',
      batchIntervalSeconds: 86_400,
      batchMaxRequests: 1,
      batchPollSeconds: 0,
      ...completions,
    }),
  ];
  @Module({ imports: [ConfigModule.of(configs), TelemetryModule, RedisModule, WorkersModule] })
  class TestModule {}
  const app = await NestFactory.createApplicationContext(TestModule, { logger: false });
  apps.push(app);
  // The clock of the jobs ticks every five seconds, and would be faster than a test now and then: it is stopped before anything
  // is asked, so that nothing is collected or asked after but by the test.
  const clock = app.get(JobQueue, { strict: false }).queue('batches');
  await clock.pause();
  await until(async () => (await clock.getActiveCount()) === 0);
  return app;
}

/** The same after a restart with other settings. */
async function insteadOf(
  before: INestApplicationContext,
  options: Options,
): Promise<INestApplicationContext> {
  apps.splice(apps.indexOf(before), 1);
  await before.close();
  return worker(options);
}

interface Asked {
  channel?: string;
  /** ms from now */
  deadline?: number;
  request?: RunRequest;
}

/** What is reserved and not settled. */
const open = (app: INestApplicationContext): Promise<string[]> => {
  const { client, keys } = app.get(StateRedis);
  return client.zrange(`${keys.usage}open`, '0', '-1');
};
/** Tokens of the service. */
async function usedToday(app: INestApplicationContext): Promise<{ used: number; held: number }> {
  const { client, keys } = app.get(StateRedis);
  const day = new Date().toISOString().slice(0, 10);
  const [used, held] = await client.hmget(`${keys.usage}d:${day}:s`, 'used', 'held');
  return { used: Number(used), held: Number(held) };
}

const ask = (
  app: INestApplicationContext,
  message: string,
  { channel = 'c1', deadline = 10 * HOUR, request = {} }: Asked = {},
) =>
  app.get(Intake).submit({
    tenant: 'default',
    channel,
    message_id: 'm1',
    message,
    source: 'kafka',
    request,
    deadline: Date.now() + deadline,
  });

const runOf = (channel: string): string => runIdOf({ tenant: 'default', channel }, 'm1');

async function events(app: INestApplicationContext, channel: string): Promise<RunEvent[]> {
  const redis = app.get(StateRedis);
  const chk = channelKey({ tenant: 'default', channel });
  const rows = await redis.attempt((client) => client.xrange(redis.keys.shardOf(chk).log(chk), '-', '+'));
  return rows.map(([, fields]) => JSON.parse(fields[1]!) as RunEvent);
}

async function until<T>(look: () => Promise<T | undefined | false>, ms = 20_000): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`not seen: ${look.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

/** One end and no more, and the deltas say the same. */
async function end(app: INestApplicationContext, channel = 'c1'): Promise<RunEnded> {
  const all = await until(async () => {
    const seen = await events(app, channel);
    return seen.some(isRunEnded) && seen;
  });
  const ends = all.filter(isRunEnded);
  expect(ends).toHaveLength(1);
  const heard = all.reduce((text, event) => {
    if (event.type === 'output_text.delta') return text + event.delta;
    return event.type === 'run.reset' ? text.slice(0, event.keep) : text;
  }, '');
  if (ends[0]!.type === 'run.completed') expect(ends[0]!.text).toBe(heard);
  return ends[0]!;
}

/** All of them wait for a batch and nobody works on them. */
const waiting = (app: INestApplicationContext, ...channels: string[]) =>
  until(async () => {
    const found = await Promise.all(
      channels.map((channel) => app.get(BatchStore).ask(runOf(channel), false)),
    );
    const records = await Promise.all(channels.map((channel) => app.get(RunStore).get(runOf(channel))));
    return (
      found.every(({ state }) => state === 'waiting') && records.every((run) => run?.status === 'queued')
    );
  });

const RUNG = {
  status: 'completed' as const,
  model: 'm',
  text: 'rung',
  items: [],
  tool_calls: [],
  usage: {
    input_tokens: 1,
    cached_tokens: 0,
    cache_write_tokens: 0,
    output_tokens: 1,
    reasoning_tokens: 0,
    total_tokens: 2,
  },
  sequence_number: 0,
};

/** For these the time to wait for a batch is over: what hours would bring about is brought about at once. */
async function hurry(app: INestApplicationContext, ...channels: string[]): Promise<void> {
  app.get(CompletionsConfig).batchMarginSeconds = 24 * 3_600;
  for (const channel of channels)
    await app.get(LeaseScripts).hurry(channelKey({ tenant: 'default', channel }), runOf(channel));
}

const asked = () => emulator.control.journal({ path: '/v1/responses' }).length;
const created = () =>
  emulator.control
    .journal({ path: '/v1/batches' })
    .filter(({ method, path }) => method === 'POST' && path === '/v1/batches').length;
const files = async () => (await openai.files.list()).data;
const provider = async () => (await openai.batches.list()).data;
const collect = (app: INestApplicationContext) =>
  until(async () => (await app.get(BatchJobs).collect()) || undefined);
const poll = (app: INestApplicationContext) =>
  until(async () => (await app.get(BatchJobs).poll()) || undefined);
/** Polls until nothing is left of any batch, here or there. */
const settled = (app: INestApplicationContext) =>
  until(async () => {
    await poll(app);
    return (await app.get(BatchStore).all()).length === 0;
  });
const counted = async (app: INestApplicationContext) =>
  Object.fromEntries(
    (await app.get(Metrics).batchRequests.get()).values.map(({ labels, value }) => [labels.outcome, value]),
  );

describe('a request with a far deadline', () => {
  test.each(['responses', 'chat'] as const)(
    'is answered by a batch, with nothing left behind (%s)',
    async (api) => {
      const app = await worker({ openai: { api }, completions: { batchMaxRequests: 3 } });
      const channels = ['a', 'b', 'c'];
      await Promise.all(channels.map((channel) => ask(app, `[[say this is ${channel}]]`, { channel })));
      await waiting(app, ...channels);
      await collect(app);
      await settled(app);
      for (const channel of channels) {
        const { run_id } = (await app.get(RunStore).get(runOf(channel)))!;
        expect(await end(app, channel)).toMatchObject({
          type: 'run.completed',
          run_id,
          text: `this is ${channel}`,
          usage: { output_tokens: expect.any(Number) },
        });
      }
      expect(emulator.control.journal({ path: api === 'chat' ? '/v1/chat' : '/v1/responses' })).toEqual([]);
      expect(await files()).toEqual([]);
      expect([await counted(app), created()]).toEqual([{ answered: 3 }, 1]);
    },
  );

  test('shares a batch with those of its model, within the bounds, and waits while there are few', async () => {
    const app = await worker({ completions: { batchMaxRequests: 2 } });
    await ask(app, 'one', { channel: 'a' });
    await waiting(app, 'a');
    await collect(app);
    expect(created()).toBe(0);
    await ask(app, 'two', { channel: 'b' });
    await ask(app, 'other', { channel: 'c', request: { model: 'gpt-6-luna' } });
    await waiting(app, 'a', 'b', 'c');
    await collect(app);
    expect(await provider()).toMatchObject([{ request_counts: { total: 2 } }]);
    await settled(app);
    expect((await end(app, 'a')).type).toBe('run.completed');
    expect((await app.get(RunStore).get(runOf('c')))!.status).toBe('queued');
  });

  test('goes at once when the first has waited for the interval', async () => {
    const app = await worker({ completions: { batchMaxRequests: 100, batchIntervalSeconds: 0 } });
    await ask(app, 'one');
    await settledAfterCollect(app);
    expect((await end(app)).type).toBe('run.completed');
    expect(asked()).toBe(0);
  });

  test('may carry images; a conversation and a near deadline are asked at once', async () => {
    const app = await worker();
    const image = `data:image/png;base64,${Buffer.from('png').toString('base64')}`;
    await ask(app, 'look', { channel: 'image', request: { images: [image] } });
    await ask(app, 'hello', { channel: 'thread', request: { in_thread: true } });
    await ask(app, 'hello', { channel: 'near', deadline: HOUR / 2 });
    for (const channel of ['thread', 'near']) expect((await end(app, channel)).type).toBe('run.completed');
    expect(asked()).toBe(2);
    await waiting(app, 'image');
    await collect(app);
    await settled(app);
    expect(await end(app, 'image')).toMatchObject({ text: expect.stringContaining('with 1 image') });
  });

  test('is asked for itself when its line fails, and only then', async () => {
    const app = await worker({ completions: { batchMaxRequests: 2 } });
    await ask(app, '[[fail 500 times=2]] [[say third try]]', { channel: 'bad' });
    await ask(app, '[[say fine]]', { channel: 'good' });
    await waiting(app, 'bad', 'good');
    // Hours in a batch are no failing: a run that fails for itself is still tried again.
    const redis = app.get(StateRedis);
    const shard = redis.keys.shardOf(channelKey({ tenant: 'default', channel: 'bad' }));
    await redis.client.hset(shard.run(runOf('bad')), 'started', Date.now() - 5 * HOUR);
    await collect(app);
    await settled(app);
    expect(await end(app, 'bad')).toMatchObject({ type: 'run.completed', text: 'third try' });
    expect(await end(app, 'good')).toMatchObject({ type: 'run.completed', text: 'fine' });
    expect(asked()).toBe(2);
    expect(await counted(app)).toEqual({ answered: 1, failed: 1 });
  });

  test('ends in the error that an asker would have got', async () => {
    const app = await worker();
    await ask(app, '[[fail 400]]');
    await waiting(app, 'c1');
    await collect(app);
    await settled(app);
    expect(await end(app)).toMatchObject({ type: 'run.failed', code: 'upstream_rejected' });
  });

  test.each(['expired', 'failed'] as const)('is asked for itself when its batch is %s', async (status) => {
    emulator.control.setDefaults({
      batch_hold: 'in_progress',
      batch_hold_after: status === 'expired' ? 1 : 0,
    });
    if (status === 'failed') emulator.control.setDefaults({ batch_hold: 'validating' });
    const app = await worker({ completions: { batchMaxRequests: 2 } });
    await ask(app, '[[say a]]', { channel: 'a' });
    await ask(app, '[[say b]]', { channel: 'b' });
    await waiting(app, 'a', 'b');
    await collect(app);
    if (status === 'expired') await until(async () => (await provider())[0]?.request_counts?.completed === 1);
    emulator.control.endBatches(status);
    await settled(app);
    for (const channel of ['a', 'b']) expect(await end(app, channel)).toMatchObject({ text: channel });
    expect(asked()).toBe(status === 'expired' ? 1 : 2);
    expect(await files()).toEqual([]);
  });

  test('is asked for itself when time runs short; what the batch says later is counted and ignored', async () => {
    emulator.control.setDefaults({ batch_hold: 'finalizing' });
    const app = await worker();
    await ask(app, '[[say in time]]');
    await waiting(app, 'c1');
    await collect(app);
    await hurry(app, 'c1');
    expect(await end(app)).toMatchObject({ type: 'run.completed', text: 'in time' });
    expect(asked()).toBe(1);
    emulator.control.setDefaults({ batch_hold: '' });
    await settled(app);
    await end(app);
    expect(await counted(app)).toEqual({ abandoned: 1 });
    expect((await app.get(Metrics).batchAbandonedTokens.get()).values[0]!.value).toBeGreaterThan(0);
  });

  test('lets a batch go that nobody waits for any more', async () => {
    emulator.control.setDefaults({ batch_hold: 'in_progress' });
    const app = await worker();
    await ask(app, '[[say in time]]');
    await waiting(app, 'c1');
    await collect(app);
    await hurry(app, 'c1');
    expect(await end(app)).toMatchObject({ text: 'in time' });
    await settled(app);
    expect(await provider()).toMatchObject([{ status: 'cancelled' }]);
  });

  test('never reaches the provider when time runs short before', async () => {
    const app = await worker({ completions: { batchMaxRequests: 9 } });
    await ask(app, '[[say in time]]');
    await waiting(app, 'c1');
    await hurry(app, 'c1');
    expect(await end(app)).toMatchObject({ text: 'in time' });
    expect(await app.get(BatchStore).waiting()).toEqual([]);
  });

  test('leaves a file that is not sent yet when time runs short', async () => {
    const app = await worker({ completions: { batchMaxRequests: 2 } });
    emulator.control.addRule({
      match: { path: '/v1/batches', method: 'POST' },
      directive: 'fail 503',
      times: 1,
    });
    await ask(app, '[[say a]]', { channel: 'a' });
    await ask(app, '[[say b]]', { channel: 'b' });
    await waiting(app, 'a', 'b');
    await collect(app);
    await hurry(app, 'a', 'b');
    for (const channel of ['a', 'b']) expect(await end(app, channel)).toMatchObject({ text: channel });
    await until(async () => {
      await collect(app);
      return (await app.get(BatchStore).all()).length === 0;
    });
    expect([created(), await provider(), await files()]).toEqual([1, [], []]);
  });

  test('is dropped when it is cancelled, before and after it was sent', async () => {
    emulator.control.setDefaults({ batch_hold: 'in_progress' });
    const app = await worker({ completions: { batchMaxRequests: 2 } });
    for (const channel of ['early', 'late', 'kept']) {
      await ask(app, `[[say ${channel}]]`, { channel });
      await waiting(app, channel);
    }
    expect(await app.get(RunStore).cancel(runOf('early'))).toMatchObject({ outcome: 'cancelled' });
    // The first two of the three: one of them is gone already.
    await collect(app);
    await collect(app);
    expect(await app.get(RunStore).cancel(runOf('late'))).toMatchObject({ outcome: 'cancelled' });
    await ask(app, '[[say more]]', { channel: 'more' });
    await waiting(app, 'kept', 'more');
    await collect(app);
    emulator.control.setDefaults({ batch_hold: '' });
    await settled(app);
    expect((await provider()).reduce((sum, { request_counts }) => sum + request_counts!.total, 0)).toBe(3);
    for (const channel of ['early', 'late']) expect((await end(app, channel)).type).toBe('run.cancelled');
    for (const channel of ['kept', 'more']) expect(await end(app, channel)).toMatchObject({ text: channel });
    expect(await counted(app)).toEqual({ answered: 2, abandoned: 1 });
    expect(await app.get(BatchStore).due()).toEqual({});
    await until(async () => (await open(app)).length === 0);
  });

  test('is paid for at half the price, whoever it came too late for, and not made past a budget', async () => {
    const app = await worker({ completions: { batchMaxRequests: 2 } });
    emulator.control.setDefaults({ batch_hold: 'finalizing' });
    for (const channel of ['a', 'b']) await ask(app, `[[say ${channel}]]`, { channel });
    await waiting(app, 'a', 'b');
    await collect(app);
    await hurry(app, 'b');
    await end(app, 'b');
    emulator.control.setDefaults({ batch_hold: '' });
    await settled(app);
    await end(app, 'a');
    const rows = await until(async () => {
      const { items } = await app.get(UsageLedger, { strict: false }).page({ tenant: 'default', limit: 9 });
      return items.length === 3 && items;
    });
    const costs = rows.map(({ cost_usd }) => Number(cost_usd)).sort((x, y) => x - y);
    expect(costs[0]! * 2).toBeCloseTo(costs[2]!, 9);
    expect(costs[1]).toBe(costs[0]);
    app.get(LimitsConfig).tenantDailyTokens = 1;
    app.get(CompletionsConfig).batchMarginSeconds = 60;
    await ask(app, 'too much', { channel: 'c' });
    expect(await end(app, 'c')).toMatchObject({ type: 'run.failed', code: 'token_limit_reached' });
  });

  test('counts as used from the beginning, until it is known what it used', async () => {
    const app = await worker({
      completions: { batchMaxRequests: 2, maxTokens: 1_000 },
      limits: { dailyTokens: 2_010 },
    });
    emulator.control.setDefaults({ batch_hold: 'finalizing' });
    for (const channel of ['a', 'b']) {
      await ask(app, `[[say ${channel}]]`, { channel });
      await waiting(app, channel);
    }
    const refused = { type: 'run.failed', code: 'token_limit_reached' };
    await ask(app, '[[say c]]', { channel: 'c' });
    expect(await end(app, 'c')).toMatchObject(refused);
    await collect(app);
    await ask(app, '[[say d]]', { channel: 'd', deadline: 60_000 });
    expect(await end(app, 'd')).toMatchObject(refused);
    emulator.control.setDefaults({ batch_hold: '' });
    await settled(app);
    for (const channel of ['a', 'b']) expect(await end(app, channel)).toMatchObject({ text: channel });
    await until(async () => (await open(app)).length === 0);
    await ask(app, '[[say e]]', { channel: 'e', deadline: 60_000 });
    expect(await end(app, 'e')).toMatchObject({ text: 'e' });
    const rows = await until(async () => {
      const { items } = await app.get(UsageLedger, { strict: false }).page({ tenant: 'default', limit: 9 });
      return items.length === 3 && items;
    });
    const tokens = rows.reduce((sum, row) => sum + row.input_tokens + row.output_tokens, 0);
    expect(await usedToday(app)).toEqual({ used: tokens, held: 0 });
  });

  test('asks for no longer an answer than is reserved for it', async () => {
    const app = await worker({ completions: { maxTokens: 1_000 }, limits: { dailyTokens: 500 } });
    await ask(app, 'hello');
    await waiting(app, 'c1');
    emulator.control.setDefaults({ batch_hold: 'validating' });
    await collect(app);
    const [file] = await files();
    const line = JSON.parse(await (await openai.files.content(file!.id)).text()) as {
      body: { max_output_tokens: number };
    };
    expect(line.body.max_output_tokens).toBeLessThan(500);
    expect(line.body.max_output_tokens).toBeGreaterThan(400);
  });

  test('keeps personal data from the provider, and gives them back in the answer', async () => {
    const app = await worker({ privacy: { mode: 'placeholder' } });
    await ask(app, 'write to ada@example.com');
    await waiting(app, 'c1');
    emulator.control.setDefaults({ batch_hold: 'validating' });
    await collect(app);
    const [file] = await files();
    expect(await (await openai.files.content(file!.id)).text()).not.toContain('ada@example.com');
    emulator.control.setDefaults({ batch_hold: '' });
    await settled(app);
    expect(await end(app)).toMatchObject({ text: 'You said: write to ada@example.com' });
    expect(asked()).toBe(0);
  });

  test('stays JSON with personal data back in it', async () => {
    const app = await worker({ privacy: { mode: 'placeholder' } });
    const text = 'Open as JSON https://bob:pa"ss\\w@host.example/x';
    await ask(app, text, { request: { format: { type: 'json_object' } } });
    await settledAfterCollect(app);
    const ended = await end(app);
    if (ended.type !== 'run.completed') throw new Error(ended.type);
    expect(JSON.parse(ended.text)).toEqual({ answer: `You said: ${text}` });
    expect(asked()).toBe(0);
  });

  test.each([
    ['off', 'You said: write to ada@example.com'],
    ['mask', 'You said: write to [EMAIL]'],
  ] as const)('is asked for itself when placeholders give way to "%s" while it waits', async (mode, text) => {
    const completions = { cacheSeconds: 60 };
    emulator.control.setDefaults({ batch_hold: 'in_progress' });
    const before = await worker({ completions, privacy: { mode: 'placeholder' } });
    await ask(before, 'write to ada@example.com');
    await waiting(before, 'c1');
    await collect(before);
    const app = await insteadOf(before, { completions, privacy: { mode } });
    emulator.control.setDefaults({ batch_hold: '' });
    await settled(app);
    expect(await end(app)).toMatchObject({ text });
    expect(asked()).toBe(1);
    await ask(app, 'write to ada@example.com', { channel: 'c2' });
    expect(await end(app, 'c2')).toMatchObject({ text, cached: true });
    expect(asked()).toBe(1);
  });

  test.each(['off', 'mask', 'placeholder'] as const)(
    'takes the answer to what nothing was hidden in, whatever is hidden now: %s',
    async (mode) => {
      emulator.control.setDefaults({ batch_hold: 'in_progress' });
      const before = await worker();
      await ask(before, 'write to ada@example.com');
      await waiting(before, 'c1');
      await collect(before);
      const app = await insteadOf(before, { privacy: { mode } });
      emulator.control.setDefaults({ batch_hold: '' });
      await settled(app);
      expect(await end(app)).toMatchObject({ text: 'You said: write to ada@example.com' });
      expect(asked()).toBe(0);
    },
  );

  test('takes the answer to what an earlier version has handed over, with the digest that it noted of everything', async () => {
    const app = await worker();
    await ask(app, 'write to ada@example.com');
    await waiting(app, 'c1');
    const { client, keys } = app.get(StateRedis);
    const request = `${keys.batches}r:${runOf('c1')}`;
    const line = (await client.hget(request, 'line'))!;
    await client.hset(request, 'digest', createHash('sha256').update(line).digest('base64url'));
    await collect(app);
    await settled(app);
    expect(await end(app)).toMatchObject({ text: 'You said: write to ada@example.com' });
    expect(asked()).toBe(0);
  });

  test('keeps its answer for equal requests, and takes what is known without a batch', async () => {
    const app = await worker({ completions: { cacheSeconds: 60 } });
    await ask(app, '[[say once]]', { channel: 'a' });
    await waiting(app, 'a');
    await collect(app);
    await settled(app);
    expect(await end(app, 'a')).not.toHaveProperty('cached');
    await ask(app, '[[say once]]', { channel: 'b' });
    expect(await end(app, 'b')).toMatchObject({ text: 'once', cached: true });
    expect(created()).toBe(1);
  });
});

async function settledAfterCollect(app: INestApplicationContext): Promise<void> {
  await waiting(app, 'c1');
  await collect(app);
  await settled(app);
}

describe('a provider that fails', () => {
  test('is asked again for what it did not take, later and once', async () => {
    const app = await worker();
    emulator.control.addRule({
      match: { path: '/v1/files', method: 'POST' },
      directive: 'fail 500',
      times: 1,
    });
    emulator.control.addRule({
      match: { path: '/v1/batches', method: 'POST' },
      directive: 'cut before',
      times: 1,
    });
    await ask(app, '[[say patience]]');
    await waiting(app, 'c1');
    await until(async () => {
      await collect(app);
      return (await provider()).length > 0;
    });
    await settled(app);
    expect(await end(app)).toMatchObject({ text: 'patience' });
    expect([(await provider()).length, await files()]).toEqual([1, []]);
  });

  test('that has no batches gives the requests back', async () => {
    const app = await worker();
    emulator.control.addRule({ match: { path: '/v1/files' }, directive: 'fail 404' });
    await ask(app, '[[say alone]]');
    await waiting(app, 'c1');
    await collect(app);
    await poll(app);
    expect(await end(app)).toMatchObject({ text: 'alone' });
    expect(await app.get(BatchStore).all()).toEqual([]);
  });

  test('that has lost a batch gives its requests back', async () => {
    const app = await worker();
    await ask(app, '[[say lost]]');
    await waiting(app, 'c1');
    await collect(app);
    emulator.control.addRule({ match: { path: '/v1/batches/' }, directive: 'fail 404' });
    await settled(app);
    expect(await end(app)).toMatchObject({ text: 'lost' });
  });
});

describe('a process that dies', () => {
  /** The only batch, and its hash. */
  const only = async (app: INestApplicationContext) => {
    const [record] = await app.get(BatchStore).all();
    return { record: record!, key: `${app.get(StateRedis).keys.batches}b:${record!.name}` };
  };

  test('after an upload that it did not note: the orphan is deleted', async () => {
    const app = await worker();
    emulator.control.addRule({
      match: { path: '/v1/batches', method: 'POST' },
      directive: 'fail 500',
      times: 1,
    });
    await ask(app, '[[say again]]');
    await waiting(app, 'c1');
    await collect(app);
    const { record, key } = await only(app);
    expect(record).toMatchObject({ state: 'uploaded', tries: 1 });
    const redis = app.get(StateRedis).client;
    await redis.hdel(key, 'file', 'not_before');
    await redis.hset(key, 'state', 'forming');
    await collect(app);
    expect((await files()).filter(({ purpose }) => purpose === 'batch')).toHaveLength(1);
    await settled(app);
    expect(await end(app)).toMatchObject({ text: 'again' });
    expect([await files(), created()]).toEqual([[], 2]);
  });

  test('after a batch that it did not note: the batch is found again', async () => {
    const app = await worker();
    await ask(app, '[[say found]]');
    await waiting(app, 'c1');
    await collect(app);
    const { key } = await only(app);
    const redis = app.get(StateRedis).client;
    await redis.hset(key, 'state', 'uploaded');
    await redis.hdel(key, 'batch');
    await collect(app);
    await settled(app);
    expect(await end(app)).toMatchObject({ text: 'found' });
    expect([await files(), created(), asked()]).toEqual([[], 1, 0]);
  });

  test('in the middle of bringing results back: the rest follows, nothing twice', async () => {
    const app = await worker({ completions: { batchMaxRequests: 2 } });
    await ask(app, '[[say one]]', { channel: 'a' });
    await ask(app, '[[fail 500 times=1]] [[say two]]', { channel: 'b' });
    await waiting(app, 'a', 'b');
    await collect(app);
    const batch = await until(async () => {
      const [found] = await provider();
      return found?.status === 'completed' && found;
    });
    const path = `/v1/files/${batch.error_file_id}/content`;
    emulator.control.addRule({ match: { path }, directive: 'fail 500', times: 1 });
    await poll(app);
    expect(await end(app, 'a')).toMatchObject({ text: 'one' });
    await settled(app);
    expect(await end(app, 'b')).toMatchObject({ text: 'two' });
    expect(await counted(app)).toEqual({ answered: 1, failed: 1 });
    expect(await files()).toEqual([]);
  });

  test('before it rang for a result: the next turn does', async () => {
    const app = await worker();
    await ask(app, '[[say rung]]');
    await waiting(app, 'c1');
    await collect(app);
    const { record } = await only(app);
    const [run_id] = await app.get(BatchStore).runs(record.name);
    await app.get(BatchStore).settle(record.name, [{ run_id: run_id!, state: 'answered', outcome: RUNG }]);
    expect(Object.keys(await app.get(BatchStore).due())).toEqual([run_id]);
    await poll(app);
    expect(await end(app)).toMatchObject({ text: 'rung', model: 'm' });
    expect(await app.get(BatchStore).due()).toEqual({});
  });
});

test('once a request is asked for itself, its batch cannot answer it any more', async () => {
  const store = (await worker()).get(BatchStore);
  const request = { run_id: 'r1', chk: 'k', model: 'm', line: '{}', digest: 'd', gone_at: Date.now() + HOUR };
  await store.enlist(request);
  await store.gather('m', 'b1', { requests: 9, bytes: 1_000 });
  expect(await store.ask('r1', true)).toEqual({ state: 'direct', unsent: false });
  const result = { run_id: 'r1', state: 'answered' as const, outcome: RUNG };
  expect(await store.settle('b1', [result])).toEqual([{ wanted: false, chk: 'k' }]);
  expect(await store.settle('b1', [result])).toEqual([undefined]);
  expect(await store.ask('r1', false)).toEqual({ state: 'direct', unsent: false });
  expect(await store.due()).toEqual({});
  expect(await store.enlist(request)).toBe('direct');
});

test('two workers share the work and each request is answered once', async () => {
  const [one, two] = [
    await worker({ completions: { batchMaxRequests: 20 } }),
    await worker({ completions: { batchMaxRequests: 20 } }),
  ];
  const channels = Array.from({ length: 20 }, (_, i) => `c${i}`);
  await Promise.all(channels.map((channel, i) => ask(i % 2 ? one : two, `[[say answer ${i}]]`, { channel })));
  await waiting(one, ...channels);
  const both = (what: 'collect' | 'poll') => Promise.all([one, two].map((app) => app.get(BatchJobs)[what]()));
  await until(async () => {
    await both('collect');
    await both('poll');
    return (await one.get(BatchStore).all()).length === 0 && created() > 0;
  });
  for (const [i, channel] of channels.entries())
    expect(await end(one, channel)).toMatchObject({ text: `answer ${i}` });
  expect([created(), asked(), await files()]).toEqual([1, 0, []]);
});
