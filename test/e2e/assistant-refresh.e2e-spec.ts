// Refreshing under load: by several gateways, beside runs that stream, through a kill, and with nobody asking.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AppProcess } from '../support/app-process.js';
import { startSystem, type ParleySystem } from '../support/system.js';

let parley: ParleySystem;
let directory: string;
/** Keeps the documented files of its own directory. */
let second: AppProcess;
beforeAll(async () => {
  parley = await startSystem({
    env: { ASSISTANT_KEEP: '1000', OPENAI_MODEL: 'gpt-6-luna' },
  });
  directory = await mkdtemp(join(tmpdir(), 'parley-'));
  const { spec } = parley.gateway!;
  second = await AppProcess.start({
    ...spec,
    cwd: directory,
    env: { ...spec.env, ASSISTANT_PROJECTIONS: 'true' },
  });
}, 90_000);
afterAll(async () => {
  await second?.stop();
  await parley?.stop();
  await rm(directory, { recursive: true, force: true });
}, 30_000);

type Result = Record<string, unknown>;
async function manager(gateway: AppProcess, method: string, path: string, body?: object): Promise<Result> {
  const response = await fetch(`${gateway.url}/api/openai-assistant/${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const { responseCode, result } = (await response.json()) as { responseCode: number; result: Result };
  expect({ responseCode, result }).toMatchObject({ responseCode: 200 });
  return result;
}
const interval = (intervalMs: number) => manager(second, 'PUT', 'refresh-interval', { intervalMs });
const list = async () =>
  (await manager(second, 'GET', 'list'))['assistants'] as { id: string; current: boolean }[];
const documented = () => parley.redis.get(`${parley.prefix}assistant_id`);

test('an interval has passed, and twenty ask two gateways at once: one new assistant', async () => {
  const gateways = [parley.gateway!, second];
  await manager(second, 'POST', 'initialize');
  const before = await list();
  // As if the last refresh had been two hours ago: however slow the twenty are, none of them finds the next one due.
  await interval(3_600_000);
  const key = `${parley.prefix}{assistants}:refresh:default`;
  await parley.redis.hset(key, 'last:default', Date.now() - 7_200_000);
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, i) => manager(gateways[i % 2]!, 'GET', 'current')),
  );
  await interval(86_400_000);
  expect(new Set(all.map(({ assistantId }) => assistantId)).size).toBe(1);
  const after = await list();
  expect(after.slice(1)).toEqual(before.map((old) => ({ ...old, current: false })));
  expect(after[0]).toMatchObject({ id: all[0]!['assistantId'], current: true });
});

test('a refresh disturbs none of two hundred runs that stream; the next run gets the new one', async () => {
  const old = await documented();
  // A socket has room for fifty channels.
  const watchers = await Promise.all(Array.from({ length: 4 }, () => parley.connect()));
  const ids = Array.from({ length: 200 }, (_, i) => `stream-${i}`);
  const watcherOf = (id: string) => watchers[ids.indexOf(id) % watchers.length]!;
  for (const channel of ids) watcherOf(channel).send({ action: 'subscribe', channel });
  await Promise.all(watchers.map((watcher) => watcher.settled()));
  const send = (id: string, message: string) =>
    parley.rest('POST', `/channels/${id}/messages`, { message, message_id: id });
  const sent = await Promise.all(ids.map((id) => send(id, 'go [[tokens 60]] [[rate 10]]')));
  for (const id of ids) {
    const mine = (frame: Result) => frame['message_id'] === id && frame['status'] === 'in_progress';
    while (!watcherOf(id).frames.some(mine)) await sleep(10);
  }
  const ended = watchers.flatMap(({ frames }) => frames).filter((frame) => frame['final_message'] === true);
  expect(ended).toEqual([]);
  for (const name of ['A', 'B', 'C'])
    await manager(second, 'POST', 'refresh', { config: { name, instructions: `I am ${name}.` } });
  const whole = Array.from({ length: 60 }, (_, i) => i + 1).join(' ');
  for (const id of ids) {
    const frames = await watcherOf(id).answer(id, 30_000);
    expect(String(frames.at(-1)!['message']).trim()).toBe(whole);
  }
  for (const { body } of sent) {
    const run = await parley.rest('GET', `/runs/${String(body['run_id'])}`);
    expect(run.body).toMatchObject({
      status: 'completed',
      attempt: 1,
      assistant_id: old,
      assistant_version: 1,
    });
  }
  const next = await parley.rest('POST', '/channels/stream-0/messages', {
    message: 'hi',
    message_id: 'next',
  });
  await watchers[0]!.answer('next');
  const { body } = await parley.rest('GET', `/runs/${String(next.body['run_id'])}`);
  expect(body).toMatchObject({ assistant_id: await documented() });
  expect((await parley.journal()).at(-1)!.body).toMatchObject({ instructions: 'I am C.' });
}, 60_000);

test('a gateway is killed in a storm of refreshes: registry, pointer and files agree when it is back', async () => {
  for (let round = 0; round < 3; round++) {
    const before = (await list()).length;
    const storm = Array.from({ length: 60 }, (_, i) =>
      manager(second, 'POST', 'refresh', { config: { name: `${round}-${i}` } }),
    );
    const settled = Promise.allSettled(storm);
    await Promise.any(storm);
    await second.kill9();
    const answered = (await settled).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    second = await second.again();

    const all = await list();
    const id = await documented();
    expect(all.filter(({ current }) => current).map((one) => one.id)).toEqual([id]);
    expect(all.length).toBeGreaterThan(before);
    const known = new Set(all.map((one) => one.id));
    for (const { newAssistantId } of answered) expect(known.has(String(newAssistantId))).toBe(true);
    const details = await manager(second, 'GET', 'details');
    const read = (name: string): Promise<string> => readFile(join(directory, name), 'utf8').catch(() => '');
    for (let tries = 0; tries < 100 && !(await read('.env')).includes(id!); tries++) await sleep(50);
    expect(await read('.env')).toBe(`OPENAI_ASSISTANT_ID=${id}\n`);
    expect(JSON.parse(await read('config/openai-assistant.json'))).toMatchObject({
      assistantId: id,
      name: details['name'],
    });
  }
}, 90_000);

test('with nobody asking, the worker refreshes by itself', async () => {
  const before = await documented();
  await interval(1_000);
  const deadline = Date.now() + 40_000;
  while ((await documented()) === before && Date.now() < deadline) await sleep(200);
  const after = await documented();
  await interval(86_400_000);
  expect(after).not.toBe(before);
  expect(await list()).toContainEqual(expect.objectContaining({ id: after, created_by: 'schedule' }));
}, 60_000);
