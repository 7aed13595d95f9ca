// Workers on a real Redis against the emulator: the course of a run, and what another worker makes of one
// that was cut off.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { channelKey, isRunEnded, type RunEvent } from '#contracts';
import { StateRedis } from '#redis';
import type { RunningEmulator } from '../../../apps/openai-emulator/src/index.js';
import { Intake } from './intake/intake.js';
import { LeaseKeeper } from './worker/lease-keeper.js';
import { RunStore } from './run/run-store.js';
import { Worker } from './worker/worker.js';
import { ended, eventsOf, lastEnd as last, TestWorkers, untilSeen, type WorkerOptions } from './testing.js';

/** Where a worker is to be found dead soon. Long enough that a busy machine does not make it so. */
const MORTAL = { leaseMs: 1_200 };

let workers: TestWorkers;
let emulator: RunningEmulator;

beforeEach(async () => {
  workers = await TestWorkers.open();
  ({ emulator } = workers);
});
afterEach(() => workers.close());

const worker = (options?: WorkerOptions): Promise<INestApplicationContext> => workers.start(options);

const say = (
  app: INestApplicationContext,
  message: string,
  channel = 'c1',
  message_id = randomBytes(4).toString('hex'),
) => app.get(Intake).submit({ tenant: 'default', channel, message_id, message, source: 'rest' });

const until = (
  app: INestApplicationContext,
  seen: (all: RunEvent[]) => boolean,
  channel = 'c1',
  ms?: number,
): Promise<RunEvent[]> => untilSeen(app, seen, channel, ms);
const events = (app: INestApplicationContext, channel = 'c1'): Promise<RunEvent[]> => eventsOf(app, channel);
const types = (all: RunEvent[]): string[] =>
  all.map((event) => event.type).filter((type, i, list) => type !== list[i - 1]);
/** The text that a subscriber has put together, resets included. */
const heard = (all: RunEvent[]): string =>
  all.reduce((text, event) => {
    if (event.type === 'output_text.delta') return text + event.delta;
    return event.type === 'run.reset' ? text.slice(0, event.keep) : text;
  }, '');
/** What the worker holds is never renewed again: it goes on, but proves nothing any more. */
const neglect = (app: INestApplicationContext): void => app.get(LeaseKeeper).onApplicationShutdown();
/** Besides, it takes up nothing new: for the others it is dead. */
const freeze = (app: INestApplicationContext): void => {
  neglect(app);
  app.get(Worker)['stopped'] = true;
};

describe('a run', () => {
  test('goes from accepted to completed, and its text is the sum of its deltas', async () => {
    const app = await worker();
    const { run_id } = await say(app, '[[tokens 60]]');
    const all = await until(app, ended());
    expect(types(all)).toEqual(['run.queued', 'run.started', 'output_text.delta', 'run.completed']);
    expect(last(all)).toMatchObject({
      type: 'run.completed',
      text: heard(all),
      usage: { output_tokens: expect.any(Number) },
    });
    const record = await app.get(RunStore).get(run_id);
    expect(record).toMatchObject({ status: 'completed', attempt: 1, result: { text: heard(all) } });
  });

  test('remembers the conversation, and a failed message is not part of it', async () => {
    const app = await worker();
    await say(app, 'my name is Ada');
    await say(app, '[[fail 400]]');
    await say(app, '[[recall]]');
    const all = await until(app, ended(3));
    expect(all.filter(isRunEnded).map((event) => event.type)).toEqual([
      'run.completed',
      'run.failed',
      'run.completed',
    ]);
    expect((last(all) as { text: string }).text).toContain('my name is Ada');
    expect((last(all) as { text: string }).text).not.toContain('fail 400');
  });

  test('uses tools in parallel and in rounds, each noted before and after', async () => {
    const app = await worker();
    await say(
      app,
      '[[tool get_weather {"city":"Berlin"}]] [[tool get_weather {"city":"Nowhere"}]] [[then]] [[tool get_weather {"city":"Paris"}]]',
    );
    const all = await until(app, ended());
    expect(last(all).type).toBe('run.completed');
    expect(all.filter((event) => event.type === 'tool.started')).toHaveLength(3);
    expect(all.filter((event) => event.type === 'tool.finished')).toHaveLength(3);
    expect(emulator.control.journal({ path: '/openweather' })).toHaveLength(3);
  });

  test('endless tool calls end in an error', async () => {
    const app = await worker({ env: { toolRounds: 3 } });
    await say(app, '[[tools-forever get_weather {"city":"Berlin"}]]');
    expect(last(await until(app, ended()))).toMatchObject({
      type: 'run.failed',
      code: 'tool_rounds_exceeded',
    });
    expect(emulator.control.journal({ path: '/v1/responses' })).toHaveLength(4);
  });

  test('a transient failure is repeated at most MAX_RETRIES times over all layers', async () => {
    const app = await worker({ env: { maxRetries: 2 } });
    await say(app, '[[fail 500]] always');
    const all = await until(app, ended());
    expect(last(all)).toMatchObject({ type: 'run.failed', code: 'upstream_unavailable' });
    expect(emulator.control.journal({ path: '/v1/responses' })).toHaveLength(3);
  });

  test('a failure in the middle takes back what was said, and says so', async () => {
    const app = await worker();
    await say(app, '[[tokens 30]] [[cut after 10 times=1]]');
    const all = await until(app, ended());
    expect(types(all)).toEqual([
      'run.queued',
      'run.started',
      'output_text.delta',
      'run.reset',
      'output_text.delta',
      'run.completed',
    ]);
    expect(last(all)).toMatchObject({ type: 'run.completed', text: heard(all), attempt: 2 });
  });

  test('429 with Retry-After waits without burning an attempt, while another channel is served later too', async () => {
    const app = await worker({ env: { maxRetries: 0 } });
    await say(app, '[[fail 429 retry-after=1 times=1]] patience');
    const all = await until(app, ended());
    expect(last(all).type).toBe('run.completed');
  });

  test.each([
    ['no first output', '[[hang before]]', {}],
    ['silence in the middle', '[[tokens 20]] [[hang after 3]]', {}],
    ['longer than allowed', '[[tokens 400]] [[rate 20]]', { runMs: 600 }],
  ])('%s is a time-out', async (_, message, env) => {
    const app = await worker({ env: { maxRetries: 0, firstOutputMs: 300, idleMs: 300, ...env } });
    await say(app, message);
    expect(last(await until(app, ended()))).toMatchObject({ type: 'run.failed', code: 'run_timeout' });
  });

  test('retries of a silent provider stay inside the overall limit', async () => {
    const app = await worker({ env: { maxRetries: 10, firstOutputMs: 300, runMs: 700 } });
    await say(app, '[[hang before]] for ever');
    expect(last(await until(app, ended()))).toMatchObject({ type: 'run.failed', code: 'run_timeout' });
    expect(emulator.control.journal({ path: '/v1/responses' }).length).toBeLessThanOrEqual(4);
  });

  test('after an outage one probe goes first, and work goes on with its first words', async () => {
    const app = await worker({ env: { maxRetries: 10 } });
    emulator.control.addRule({ match: { path: '/v1/responses' }, directive: 'fail 500', times: 5 });
    const channels = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'];
    await Promise.all(channels.map((channel) => say(app, '[[tokens 40]] [[rate 20]] hello', channel)));
    for (const channel of channels)
      expect(last(await until(app, ended(), channel, 25_000)).type).toBe('run.completed');
  });

  test('a running run is cancelled at once and the provider is let go', async () => {
    const app = await worker();
    const { run_id } = await say(app, '[[tokens 2000]] [[rate 50]]');
    await until(app, (all) => all.some((event) => event.type === 'output_text.delta'));
    expect(await app.get(RunStore).cancel(run_id)).toMatchObject({ outcome: 'requested' });
    expect(last(await until(app, ended(), 'c1', 10_000)).type).toBe('run.cancelled');
    expect(await app.get(RunStore).cancel(run_id)).toMatchObject({
      outcome: 'already_finished',
      status: 'cancelled',
    });
  });

  test('channels do not wait for each other', async () => {
    const app = await worker();
    const slow = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(slow.map((channel) => say(app, '[[ttft 1500]] hello', channel)));
    const all = await Promise.all(slow.map((channel) => until(app, ended(), channel)));
    const begun = all.flat().flatMap((event) => (event.type === 'run.started' ? [event.at] : []));
    const done = all.flat().flatMap((event) => (event.type === 'run.completed' ? [event.at] : []));
    expect([begun.length, done.length]).toEqual([5, 5]);
    expect(Math.max(...begun)).toBeLessThan(Math.min(...done));
  });
});

describe('large runs', () => {
  const LARGE = `[[hang before]] ${'word '.repeat(20_000)}`;
  const started = async (app: INestApplicationContext, channels: readonly string[]): Promise<string[]> => {
    const seen = await Promise.all(channels.map((channel) => events(app, channel)));
    return channels.filter((_, i) => seen[i]!.some((event) => event.type === 'run.started'));
  };

  test('are taken as far as there is room, and the next one when there is again; small ones pass', async () => {
    const app = await worker({ env: { workerBytes: 250_000, firstOutputMs: 60_000 } });
    const channels = ['l1', 'l2', 'l3', 'l4'];
    const ids: string[] = [];
    for (const channel of channels) ids.push((await say(app, LARGE, channel)).run_id);
    await say(app, 'hello', 'small');
    await until(app, ended(), 'small');
    expect(await started(app, channels)).toEqual(['l1', 'l2']);
    await app.get(RunStore).cancel(ids[0]!);
    await until(app, (all) => all.some((event) => event.type === 'run.started'), 'l3');
    expect(await started(app, channels)).toEqual(['l1', 'l2', 'l3']);
  });

  test('are taken by another process when there is no room here', async () => {
    const full = await worker({ env: { workerBytes: 100_000, firstOutputMs: 60_000 } });
    await say(full, 'hello', 'first');
    await until(full, ended(), 'first');
    const redis = full.get(StateRedis);
    const listener = redis.duplicate();
    const rung: string[] = [];
    listener.on('message', (_, chk: string) => void rung.push(chk));
    await listener.subscribe(...redis.keys.all().map((shard) => shard.wake));
    for (const channel of ['l1', 'l2']) await say(full, LARGE, channel);
    await untilSeen(full, () => rung.length > 0, 'l2');
    listener.disconnect();
    // It wakes nobody for what it takes itself.
    expect(rung).toEqual([channelKey({ tenant: 'default', channel: 'l2' })]);
    const other = await worker();
    await until(other, (all) => all.some((event) => event.type === 'run.started'), 'l2');
    expect(await started(full, ['l1', 'l2'])).toEqual(['l1', 'l2']);
  });
});

describe('a worker that is gone', () => {
  test('another one starts the answer anew and says what is void', async () => {
    const first = await worker({ env: MORTAL });
    await say(first, '[[tokens 80]] [[rate 40]]');
    await until(first, (all) => heard(all).length > 20);
    freeze(first);
    const second = await worker({ env: MORTAL });
    const all = await until(second, ended());
    expect(types(all)).toContain('run.reset');
    expect(last(all)).toMatchObject({ type: 'run.completed', text: heard(all) });
    expect(all.filter((event) => event.type === 'run.started')).toHaveLength(1);
  });

  test('a background answer goes on where it was, with one request to the provider', async () => {
    const openai = { resume: 'background' as const };
    const first = await worker({ openai, env: MORTAL });
    await say(first, '[[tokens 80]] [[rate 40]]');
    await until(first, (all) => heard(all).length > 20);
    freeze(first);
    const second = await worker({ openai, env: MORTAL });
    const all = await until(second, ended());
    expect(types(all)).not.toContain('run.reset');
    expect(types(all)).toContain('run.resumed');
    expect(last(all)).toMatchObject({ type: 'run.completed', text: heard(all) });
    const posts = emulator.control
      .journal({ path: '/v1/responses' })
      .filter((entry) => entry.method === 'POST');
    expect(posts).toHaveLength(1);
  });

  test('a background answer that can no longer be streamed is fetched whole', async () => {
    const openai = { resume: 'background' as const };
    emulator.control.setDefaults({ rejoin_window_ms: 1 });
    const first = await worker({ openai, env: MORTAL });
    await say(first, '[[tokens 60]] [[rate 60]]');
    await until(first, (all) => heard(all).length > 20);
    freeze(first);
    const second = await worker({ openai, env: MORTAL });
    const all = await until(second, ended());
    expect(types(all)).not.toContain('run.reset');
    expect(last(all)).toMatchObject({ type: 'run.completed', text: heard(all) });
  });

  test('a finished tool call is not made again', async () => {
    const first = await worker({ env: MORTAL });
    await say(first, '[[tool get_weather {"city":"Oslo"}]] [[tokens 80]] [[rate 40]]');
    await until(first, (all) => all.some((event) => event.type === 'output_text.delta'));
    freeze(first);
    const second = await worker({ env: MORTAL });
    const all = await until(second, ended());
    expect(last(all)).toMatchObject({ type: 'run.completed', text: heard(all) });
    expect(emulator.control.journal({ path: '/openweather' })).toHaveLength(1);
  });

  test('a planned stop hands the run over at once', async () => {
    const openai = { resume: 'background' as const };
    const first = await worker({ openai, env: { leaseMs: 60_000 } });
    await say(first, '[[tokens 80]] [[rate 40]]');
    await until(first, (all) => heard(all).length > 20);
    const second = await worker({ openai, env: { leaseMs: 60_000 } });
    const before = (await events(second)).length;
    const stopped = Date.now();
    await workers.stop(first);
    await until(second, (all) => all.length > before + 2);
    // Far from the end of the lease, which it would otherwise take.
    expect(Date.now() - stopped).toBeLessThan(20_000);
    const all = await until(second, ended());
    expect(last(all)).toMatchObject({ type: 'run.completed', text: heard(all) });
    expect(types(all)).not.toContain('run.reset');
  });

  test('a run that its workers keep dying of is set aside, and the next message is served', async () => {
    const app = await worker({ env: { ...MORTAL, maxDeaths: 1 } });
    await say(app, '[[tokens 80]] [[rate 40]]');
    await until(app, (all) => heard(all).length > 5);
    neglect(app);
    await say(app, 'next');
    const all = await until(app, ended(2));
    expect(all.filter(isRunEnded).map((event) => ('code' in event ? event.code : event.type))).toEqual([
      'worker_crash_loop',
      'run.completed',
    ]);
  });

  test('a probe that finds no work holds nobody up', async () => {
    const app = await worker();
    const redis = app.get(StateRedis);
    const { circuit } = redis.keys.all()[0]!;
    const open = { status: 'open', until: Date.now(), open_ms: 5_000, reason: 'failures' };
    await redis.attempt((client) => client.hset(circuit, 'default', JSON.stringify(open)));
    const state = () => redis.attempt((client) => client.hget(circuit, 'default'));
    const [before, deadline] = [await state(), Date.now() + 5_000];
    while ((await state()) === before && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 15));
    await say(app, 'hello');
    const all = await until(app, ended(), 'c1', 8_000);
    expect(last(all).type).toBe('run.completed');
  });
});
