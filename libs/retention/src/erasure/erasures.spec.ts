// Export and erasure on a real Redis with real workers against the emulator: a user leaves no trace, whoever shares a
// conversation keeps their own, and what is cut off or cannot be removed is found again.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { startEmulator, type RunningEmulator } from '../../../../apps/openai-emulator/src/index.js';
import { AuditLog } from '#auth';
import { AnswerCache } from '#completions';
import { AccessConfig, ALL_CONFIGS, ConfigModule, loadConfigs } from '#config';
import { channelKey, ParleyError, type RunRequest, type SubmitMessage, type Subject } from '#contracts';
import { ConversationsClient } from '#openai';
import { RedisModule, StateRedis } from '#redis';
import { EraseScripts, FeedbackStore, Intake, RunStore, WorkersModule } from '#runs';
import { TelemetryModule } from '#telemetry';
import { findInRedis, sharedRedisUrl } from '#testing';
import { ErasureModule } from './erasure.module.js';
import { Erasures } from './erasures.js';
import { GivenFeedback } from './stores/user-stores.js';
import { isGenuine } from './receipt.js';

const ADA = 'Ada.Canary@example.com';
const BOB = 'bob@example.com';
const SECRET = 'sekrit-canary';

let emulator: RunningEmulator;
let apps: INestApplicationContext[] = [];

async function start(env: Record<string, string> = {}): Promise<INestApplicationContext> {
  const prefix = `test-${randomBytes(6).toString('hex')}:`;
  const configs = loadConfigs(ALL_CONFIGS, {
    REDIS_URL: sharedRedisUrl(),
    REDIS_PREFIX: prefix,
    BOOTSTRAP_SERVER: '127.0.0.1:9092',
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: `${emulator.url}/v1`,
    MODEL: 'gpt-4o-mini',
    CACHE_TTL_SECONDS: '600',
    FEEDBACK_COMMENTS: 'true',
    SHUTDOWN_GRACE_MS: '0',
    AUDIT_KEY: 'k'.repeat(32),
    ...env,
  });
  @Module({ imports: [ConfigModule.of(configs), TelemetryModule, RedisModule, WorkersModule, ErasureModule] })
  class TestModule {}
  const app = await NestFactory.createApplicationContext(TestModule, { logger: false, abortOnError: false });
  apps.push(app);
  return app;
}

const close = async (): Promise<void> => {
  for (const app of apps) {
    const { client, keys } = app.get(StateRedis);
    await client.unlink(`${keys.prefix}none`, ...(await client.keys(`${keys.prefix}*`)));
    await app.close();
  }
  apps = [];
};
beforeAll(async () => {
  emulator = await startEmulator();
  emulator.control.setDefaults({ ttft_ms: 1, tokens_per_second: 0 });
});
beforeEach(async () => {
  await close();
  emulator.control.clearRules();
});
afterAll(async () => {
  await close();
  await emulator.close();
});

const user = (name: string): Subject => ({ tenant: 'default', kind: 'user', name });
const find = (app: INestApplicationContext, text: string): Promise<string[]> => {
  const { client, keys } = app.get(StateRedis);
  return findInRedis(client, keys.prefix, text);
};
const exported = async (app: INestApplicationContext, subject: Subject) => {
  const pieces: Record<string, unknown>[] = [];
  for await (const piece of app.get(Erasures).export(subject)) pieces.push(piece);
  return pieces;
};
const erase = async (app: INestApplicationContext, subject: Subject) => {
  const erasures = app.get(Erasures);
  return erasures.run(await erasures.begin(subject), 'test');
};
const commandOf = (message: string, more: Partial<SubmitMessage> & { request?: RunRequest } = {}) => {
  const message_id = more.message_id ?? randomBytes(6).toString('hex');
  const channel = more.channel ?? `gpt:${message_id}`;
  return { tenant: 'default', channel, message_id, message, request: {}, source: 'kafka' as const, ...more };
};
const until = async (app: INestApplicationContext, run_id: string, seen: (status: string) => boolean) => {
  for (let tries = 0; tries < 600; tries++) {
    const run = await app.get(RunStore).get(run_id);
    if (run && seen(run.status)) return run;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  throw new Error(`run ${run_id} is not as expected`);
};
const ended = (status: string): boolean => !['queued', 'running'].includes(status);
async function ask(
  app: INestApplicationContext,
  message: string,
  more: Parameters<typeof commandOf>[1] = {},
) {
  const command = commandOf(message, more);
  const { run_id } = await app.get(Intake).submit(command);
  return { command, run_id, run: await until(app, run_id, ended) };
}

test('everything of a user is listed, then gone: in the middle of an answer, under any spelling', async () => {
  const app = await start();
  const done = await ask(app, `${SECRET} one`, { user: ADA });
  await app.get(FeedbackStore).give(done.run, ADA, { score: 2, comment: `${SECRET} two` });
  await ask(app, `${SECRET} three [[fail 400]]`, {
    user: ADA,
    reply: { kind: 'kafka', topic: 't', key: 'k', echo: { user_email: ADA } },
  });
  const slow = commandOf(`${SECRET} four [[say a long answer ${SECRET}]] [[hang after 2]]`, { user: ADA });
  const running = await app.get(Intake).submit({
    ...slow,
    reply: { kind: 'kafka', topic: 't', key: 'k2', echo: { user_email: ADA } },
  });
  const waiting = await app.get(Intake).submit({
    ...commandOf(`${SECRET} five`, { user: ADA }),
    channel: slow.channel,
  });
  const refused = {
    reply: { kind: 'kafka' as const, topic: 't', key: 'r', echo: { user_email: ADA } },
    delivery: 'd',
  };
  await app.get(Intake).refuse(refused, new ParleyError('too_large', 'unable to read'));
  await until(app, running.run_id, (status) => status === 'running');

  const pieces = await exported(app, user(ADA));
  const stores = new Set(pieces.map(({ store }) => store));
  expect([...stores].sort()).toEqual(
    ['cached_answers', 'channels', 'dead_letters', 'feedback', 'runs', 'unsent_replies', 'usage'].sort(),
  );
  expect(pieces.filter(({ store }) => store === 'runs').map(({ run_id }) => run_id)).toEqual(
    expect.arrayContaining([done.run_id, running.run_id, waiting.run_id]),
  );
  expect(await find(app, ADA)).not.toEqual([]);
  expect(await find(app, SECRET)).not.toEqual([]);

  const record = await erase(app, user('  ada.canary@EXAMPLE.com'));
  expect(record).toMatchObject({
    status: 'done',
    left: {},
    removed: { unfinished_runs: 2, runs: 4, dead_letters: 1 },
  });
  expect(await find(app, ADA)).toEqual([]);
  expect(await find(app, SECRET)).toEqual([]);
  expect(await exported(app, user(ADA))).toEqual([]);
  expect(await app.get(RunStore).get(running.run_id)).toBeUndefined();
  expect(JSON.stringify(record)).not.toContain('anary');
  const { auditKey } = app.get(AccessConfig);
  expect(isGenuine(auditKey, JSON.parse(JSON.stringify(record.receipt)))).toBe(true);
  expect(isGenuine(auditKey, { ...record.receipt!, removed: { runs: 5 } })).toBe(false);
  const { items } = await app.get(AuditLog).page({ limit: 10 });
  expect(items.at(-1)!.text).toContain(record.receipt!.signature);

  // What a broker delivers again is known and not run again.
  await expect(app.get(Intake).submit(done.command)).rejects.toMatchObject({ code: 'erased' });
  await expect(app.get(Intake).submit(slow)).rejects.toMatchObject({ code: 'erased' });
  const again = await erase(app, user(ADA));
  expect(Object.values(again.removed).every((n) => n === 0)).toBe(true);
  // Who asks anew is somebody new.
  const anew = await ask(app, 'hello', { user: ADA, channel: slow.channel });
  expect(anew.run.status).toBe('completed');
}, 60_000);

test('nobody else, and no other tenant, loses anything', async () => {
  const app = await start();
  const ours = await ask(app, 'mine', { user: ADA });
  const bob = await ask(app, `${SECRET} bob`, { user: BOB });
  const theirs = await ask(app, `${SECRET} there`, { user: ADA, tenant: 'other', channel: 'gpt:x' });
  const namesake = await ask(app, `${SECRET} channel`, {
    channel: ADA.toLowerCase(),
    request: { in_thread: true },
  });
  await erase(app, user(ADA));
  expect(await app.get(RunStore).get(ours.run_id)).toBeUndefined();
  for (const { run_id, command } of [bob, theirs, namesake]) {
    expect(await app.get(RunStore).get(run_id)).toMatchObject({ status: 'completed' });
    expect(await app.get(Intake).submit(command)).toMatchObject({ outcome: 'duplicate' });
  }
  expect(await app.get(AnswerCache).ofUser('default', BOB)).toHaveLength(1);
  expect(await app.get(AnswerCache).ofUser('other', ADA)).toHaveLength(1);
});

const turn = { request: { in_thread: true as const } };
const kinds = [{ TRANSCRIPT_STORE: 'redis' }, { TRANSCRIPT_STORE: 'openai' }];

test.each(kinds)(
  'in a shared conversation only the own turns go, a thread of one goes as a whole: %o',
  async (env) => {
    const app = await start(env);
    const { client, keys } = app.get(StateRedis);
    const channel = `room-${randomBytes(4).toString('hex')}`;
    await ask(app, 'I am bob', { ...turn, channel, user: BOB });
    await ask(app, `${SECRET} from ada`, { ...turn, channel, user: ADA });
    await ask(app, 'bob again', { ...turn, channel, user: BOB });
    const own = `${channel}-own`;
    await ask(app, `${SECRET} alone`, { ...turn, channel: own, user: ADA });
    const conversations = (
      await Promise.all(keys.all().map((shard) => client.hvals(shard.conversations)))
    ).flat();
    const gone = new Set<string>();
    const atProvider = async () => {
      const items: object[] = [];
      const provider = app.get(ConversationsClient, { strict: false });
      for (const id of conversations.filter((one) => !gone.has(one)))
        for await (const item of provider.listItems(id)) items.push(item);
      return JSON.stringify(items);
    };
    expect((await atProvider()).includes(SECRET)).toBe(env.TRANSCRIPT_STORE === 'openai');
    const before = JSON.stringify(await exported(app, user(ADA)));
    expect(before).toContain(`${SECRET} from ada`);
    expect(before).toContain(`${SECRET} alone`);
    expect(before).not.toContain('bob again');

    const record = await erase(app, user(ADA));
    expect(record).toMatchObject({ status: 'done', removed: { threads: 2 } });
    expect(await find(app, SECRET)).toEqual([]);
    expect(await find(app, ADA)).toEqual([]);
    expect(await find(app, own)).toEqual([]);
    expect(await client.get(keys.thread({ tenant: 'default', channel: own }))).toBeNull();
    const kept = JSON.stringify(await exported(app, { tenant: 'default', kind: 'channel', name: channel }));
    expect(kept).toContain('bob again');
    expect(kept).not.toContain(SECRET);
    for (const id of conversations)
      if (!(await app.get(ConversationsClient, { strict: false }).exists(id))) gone.add(id);
    expect(gone.size).toBe(env.TRANSCRIPT_STORE === 'openai' ? 1 : 0);
    expect(await atProvider()).not.toContain(SECRET);
    // Others go on where they were, and the model sees nothing of it.
    await ask(app, 'bob once more', { ...turn, channel, user: BOB });
    const call = emulator.control.journal({}).at(-1)!;
    expect(JSON.stringify(call.body)).not.toContain(SECRET);
  },
);

test('a provider that is away is told of, and the rest is done when it is back', async () => {
  const app = await start({ TRANSCRIPT_STORE: 'openai' });
  await ask(app, `${SECRET} kept there`, { ...turn, channel: 'away', user: ADA });
  const erasures = app.get(Erasures);
  const { client, keys } = app.get(StateRedis);
  const [conversation] = Object.values(
    await client.hgetall(keys.shardOf(channelKey({ tenant: 'default', channel: 'away' })).conversations),
  );
  emulator.control.addRule({
    match: { path: `/v1/conversations/${conversation}`, method: 'DELETE' },
    directive: 'fail 500',
  });
  const id = await erasures.begin(user(ADA));
  expect(await erasures.run(id, 'test')).toMatchObject({ status: 'incomplete', left: { threads: 1 } });
  emulator.control.clearRules();
  expect(await erasures.run(id, 'test')).toMatchObject({ status: 'done', left: {}, removed: { threads: 1 } });
  expect(await find(app, ADA)).toEqual([]);
});

test('one that is cut off goes on with what is still there', async () => {
  const app = await start();
  await ask(app, `${SECRET} a`, { user: ADA });
  const erasures = app.get(Erasures);
  const id = await erasures.begin(user(ADA));
  const broken = jest.spyOn(app.get(GivenFeedback), 'erase').mockRejectedValueOnce(new Error('no more'));
  expect(await erasures.run(id, 'test')).toMatchObject({ status: 'incomplete', left: { feedback: 1 } });
  broken.mockRestore();
  expect(await erasures.run(id, 'test')).toMatchObject({ status: 'done', removed: { runs: 1 } });
  expect(await erasures.run(id, 'test')).toMatchObject({ status: 'done', removed: { runs: 1 } });
  expect(await find(app, ADA)).toEqual([]);
});

test('requests that wait for a batch, and answers of batches, go too', async () => {
  const app = await start({ FAR_DEADLINE: 'batch', FAR_DEADLINE_SECONDS: '3600', CACHE_TTL_SECONDS: '0' });
  const { client, keys } = app.get(StateRedis);
  const far = { user: ADA, deadline: Date.now() + 48 * 3_600_000 };
  const { run_id } = await app.get(Intake).submit(commandOf(`${SECRET} far`, far));
  const request = `${keys.batches}r:${run_id}`;
  for (let tries = 0; (await client.exists(request)) === 0 && tries < 400; tries++)
    await new Promise((resolve) => setTimeout(resolve, 15));
  expect(await client.hget(request, 'state')).toBe('waiting');
  expect((await exported(app, user(ADA))).map(({ store }) => store)).toContain('batched_requests');
  expect(await erase(app, user(ADA))).toMatchObject({
    status: 'done',
    removed: { batched_requests: 1, runs: 1 },
  });
  expect(await find(app, SECRET)).toEqual([]);
  expect(await find(app, run_id)).toEqual([]);
});

test('a channel goes with all that is in it', async () => {
  const app = await start();
  const channel = `${SECRET}-channel`;
  const { run } = await ask(app, `${SECRET} a`, { ...turn, channel, user: BOB });
  await app.get(FeedbackStore).give(run, BOB, { score: 1, comment: SECRET });
  await ask(app, 'elsewhere', { user: BOB });
  const subject: Subject = { tenant: 'default', kind: 'channel', name: channel };
  expect(new Set((await exported(app, subject)).map(({ store }) => store))).toEqual(
    new Set(['threads', 'feedback', 'runs', 'channels']),
  );
  const record = await erase(app, subject);
  expect(record).toMatchObject({
    status: 'done',
    removed: { runs: 1, threads: 1, feedback: 1, channels: 1 },
  });
  const left = await find(app, SECRET);
  // What an asker's cached answers hold is the asker's, not the channel's.
  expect(left.filter((key) => !key.includes('{answers}'))).toEqual([]);
});

test('lists of what is kept do not outlive it', async () => {
  const app = await start();
  const { client, keys } = app.get(StateRedis);
  const { run_id, command } = await ask(app, 'hello', { user: ADA });
  const shard = keys.shardOf(channelKey(command));
  expect(await client.exists(shard.owners)).toBe(1);
  const [owner] = await client.zrange(shard.owners, '0', '-1');
  expect(await client.zcard(shard.owned(owner!))).toBe(2);
  expect(await client.ttl(shard.owned(`c:${channelKey(command)}`))).toBeGreaterThan(0);
  await client.zadd(shard.owners, '1', owner!);
  await app.get(EraseScripts).tidyOwners();
  expect(await client.zcard(shard.owned(owner!))).toBe(2);
  await client.unlink(shard.run(run_id), shard.channel(channelKey(command)));
  await client.zadd(shard.owners, '1', owner!);
  await app.get(EraseScripts).tidyOwners();
  expect(await client.exists(shard.owned(owner!), shard.owners)).toBe(0);
});

test('a finished request keeps its end and what a repeat needs, nothing else', async () => {
  const app = await start();
  const { client, keys } = app.get(StateRedis);
  const { run_id, command } = await ask(app, `${SECRET} once`, {
    user: ADA,
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    request: { system_prompt: SECRET, no_cache: true },
    deadline: Date.now() + 60_000,
  });
  const shard = keys.shardOf(channelKey(command));
  const fields = Object.keys(await client.hgetall(shard.run(run_id)));
  // Where a short answer is written with its end, nothing tells where it began.
  expect(fields.filter((field) => field !== 'start_off').sort()).toEqual(
    ['admission', 'attempt', 'channel', 'chk', 'created', 'finished', 'gen', 'hash', 'mid', 'result', 'seq']
      .concat(['src', 'started', 'state', 'tenant', 'tp', 'who'])
      .sort(),
  );
  expect(await client.exists(shard.journal(run_id), shard.rounds(run_id), shard.replies(run_id))).toBe(0);
});
