// A user and a channel leave: in the middle of an answer, over REST and on the command line; afterwards neither Redis nor any
// log holds a word of them.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig, RedisConfig, RunsConfig } from '#config';
import type { SubmitMessage } from '#contracts';
import type { StateRedis } from '#redis';
import { DoorScripts, Intake, OwnWork } from '#runs';
import { Metrics } from '#telemetry';
import { findInRedis, openTestState } from '#testing';
import { startSystem, type ParleySystem, type Rest } from '../support/system.js';
import { TokenIssuer } from '../support/token-issuer.js';

const ADA = 'ada.canary@example.com';
const SECRET = 'sekrit-canary';
const AUDIT_KEY = 'a'.repeat(40);

let issuer: TokenIssuer;
let parley: ParleySystem;
let redis: StateRedis;
let intake: Intake;
beforeAll(async () => {
  issuer = await TokenIssuer.start();
  parley = await startSystem({ env: { ...issuer.env, AUDIT_KEY, CACHE_TTL_SECONDS: '600' } });
  redis = await openTestState(parley.prefix);
  const config = loadConfig(RedisConfig, {
    REDIS_URL: parley.env['REDIS_URL']!,
    REDIS_PREFIX: parley.prefix,
  });
  intake = new Intake(new DoorScripts(redis, new RunsConfig(), config), new Metrics(), new OwnWork());
}, 90_000);
afterAll(async () => {
  await redis?.close();
  await parley?.stop();
  await issuer?.stop();
}, 30_000);

const as = async (claims: object, method: string, path: string, body?: unknown): Promise<Rest> => {
  const token = await issuer.token({ scope: 'admin channels', ...claims } as never);
  return parley.rest(method, path, body, { authorization: `Bearer ${token}` });
};
/** As text: a line is an object, the whole is none. */
const exportOf = async (claims: object, user: string) => {
  const token = await issuer.token({ scope: 'admin', ...claims } as never);
  const response = await fetch(`${parley.gateway!.url}/users/${encodeURIComponent(user)}/export`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
};
const cli = (...args: string[]) => parley.cli(args);
const verify = (receipt: string) => parley.cli(['erasures', 'verify', '-'], { input: receipt });
const request = (message: string, more: Partial<SubmitMessage> = {}): SubmitMessage => {
  const message_id = randomBytes(6).toString('hex');
  return {
    tenant: 'default',
    channel: `gpt:${message_id}`,
    message_id,
    message,
    request: {},
    source: 'kafka',
    user: ADA,
    ...more,
  };
};
const status = async (run_id: string, wanted: RegExp): Promise<void> => {
  for (let tries = 0; tries < 400; tries++) {
    const { body } = await as({}, 'GET', `/runs/${run_id}`);
    if (wanted.test(String(body['status']))) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`run ${run_id} is not ${wanted.source}`);
};
const finished = async (id: string): Promise<Record<string, unknown>> => {
  for (let tries = 0; tries < 400; tries++) {
    const { body } = await as({}, 'GET', `/erasures/${id}`);
    if (body['status'] === 'done') return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the erasure does not end');
};
const traces = async (): Promise<string[]> => [
  ...(await findInRedis(redis.client, parley.prefix, ADA)),
  ...(await findInRedis(redis.client, parley.prefix, SECRET)),
];
const logs = (): string => [parley.gateway!, ...parley.streams].map((app) => app.log()).join('\n');

test('a user leaves during an answer', async () => {
  const done = await intake.submit(request(`${SECRET} one`));
  await status(done.run_id, /completed/);
  const slow = request(`${SECRET} two [[hang after 2]]`);
  const running = await intake.submit(slow);
  const behind = await intake.submit({ ...request(`${SECRET} three`), channel: slow.channel });
  await status(running.run_id, /running/);
  const socket = await parley.subscribe(slow.channel, { format: 'delta' }).catch(() => undefined);

  const listed = await exportOf({}, ADA);
  expect(listed).toMatchObject({ status: 200, type: 'application/x-ndjson; charset=utf-8' });
  const pieces = listed.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { store: string; run_id?: string });
  const runs = pieces.filter(({ store }) => store === 'runs').map(({ run_id }) => run_id);
  expect(runs.sort()).toEqual([done, running, behind].map(({ run_id }) => run_id).sort());
  expect(listed.text).toContain(`${SECRET} two`);

  expect(await exportOf({ tenant: 'other' }, ADA)).toMatchObject({ status: 200, text: '' });

  const { status: code, body } = await as({}, 'POST', '/erasures', { user: 'Ada.Canary@Example.com' });
  expect(code).toBe(202);
  const id = String(body['id']);
  const erasure = await finished(id);
  expect(erasure).toMatchObject({ removed: { unfinished_runs: 2, runs: 3 }, left: {} });
  expect((await as({ tenant: 'other' }, 'GET', `/erasures/${id}`)).status).toBe(404);
  expect((await as({ scope: 'channels' }, 'GET', `/erasures/${id}`)).status).toBe(403);
  expect(await traces()).toEqual([]);
  for (const { run_id } of [done, running, behind])
    expect((await as({}, 'GET', `/runs/${run_id}`)).status).toBe(404);

  await expect(intake.submit(slow)).rejects.toMatchObject({ code: 'erased' });
  // Nothing comes back when whoever was cut off has had time to write.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await traces()).toEqual([]);
  expect(logs()).not.toMatch(/canary/i);
  socket?.socket.terminate();

  const { items } = (await as({}, 'GET', '/audit?limit=100')).body as {
    items: { action: string; object: string }[];
  };
  expect(items.map(({ action }) => action)).toEqual(
    expect.arrayContaining(['user.export', 'user.erase', 'user.erased']),
  );
}, 60_000);

test('a channel leaves by the command line, with a receipt that can be checked', async () => {
  const channel = `${SECRET}-room`;
  const sent = await as({}, 'POST', `/channels/${channel}/messages`, {
    message: `${SECRET} hello`,
    message_id: 'm-1',
  });
  await status(String(sent.body['run_id']), /completed/);
  const listed = await cli('export', '--channel', channel);
  expect(listed.stdout).toContain(`${SECRET} hello`);
  expect(await cli('erase', '--channel', channel, '--user', ADA)).toMatchObject({ code: 1 });
  const dry = await cli('erase', '--channel', channel, '--dry-run', '--json');
  expect(JSON.parse(dry.stdout)).toMatchObject({ dry_run: true, found: { runs: 1 } });
  expect(await traces()).not.toEqual([]);

  const erased = await cli('erase', '--channel', channel, '--yes', '--json');
  expect(erased.code).toBe(0);
  expect(JSON.parse(erased.stdout)).toMatchObject({
    kind: 'channel',
    removed: { runs: 1, threads: 1, channels: 1 },
  });
  expect(await traces()).toEqual([]);
  expect(await verify(erased.stdout)).toMatchObject({ code: 0 });
  expect(await verify(erased.stdout.replace('"runs": 1', '"runs": 0'))).toMatchObject({ code: 1 });
  const again = await as({}, 'POST', `/channels/${channel}/messages`, {
    message: `${SECRET} hello`,
    message_id: 'm-1',
  });
  expect([again.status, again.body['code']]).toEqual([410, 'erased']);
}, 60_000);

test('a user is named in as many characters as every other door takes', async () => {
  const longest = 'e'.repeat(308) + '@example.com';
  for (const [user, status] of [
    [longest, 200],
    [`e${longest}`, 400],
  ] as const) {
    expect((await exportOf({}, user)).status).toBe(status);
    expect((await as({ scope: 'usage:read' }, 'GET', `/usage/limits?user=${user}`)).status).toBe(status);
    expect((await as({}, 'POST', '/erasures', { user })).status).toBe(status === 200 ? 202 : 400);
  }
});

test.each([{}, { user: '' }, { user: ' ' }, { user: 'a', channel: 'b' }, { user: 1 }, { other: 'a' }])(
  'who is to be erased must be said: %j',
  async (body) => {
    expect((await as({}, 'POST', '/erasures', body)).status).toBe(400);
  },
);
