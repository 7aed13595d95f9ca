// The record of a document on a real Redis: one worker at a time, late ones refused, an end that stays, and what watchers hear.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DocumentsConfig, loadConfig, RedisConfig } from '#config';
import { newId } from '#contracts';
import type { JobQueue } from '#jobs';
import { StateRedis } from '#redis';
import { sharedRedisUrl } from '../../../../test/support/services.js';
import type { DocumentSpec } from './document-job.js';
import { DocumentJobs } from './document-jobs.js';
import { JobWatch } from './job-watch.js';

let redis: StateRedis;
let jobs: DocumentJobs;
const rung: string[] = [];

beforeAll(async () => {
  const env = { REDIS_URL: sharedRedisUrl(), REDIS_PREFIX: `docs${randomBytes(4).toString('hex')}:` };
  redis = new StateRedis(loadConfig(RedisConfig, env));
  await redis.ready(5_000);
  const queue = { add: (_: string, { id }: { id: string }) => Promise.resolve(void rung.push(id)) };
  jobs = new DocumentJobs(redis, queue as unknown as JobQueue, loadConfig(DocumentsConfig, env));
});
afterAll(async () => {
  for await (const keys of redis.client.scanStream({ match: `${redis.keys.prefix}*` }))
    if ((keys as string[]).length > 0) await redis.client.unlink(...(keys as string[]));
  await redis.close();
});

const made = async (more: Partial<DocumentSpec> = {}): Promise<string> => {
  const id = newId('transcription');
  await jobs.create({
    id,
    kind: 'transcription',
    tenant: 't',
    created_at: Date.now(),
    request: { a: 1 },
    ...more,
  });
  return id;
};
/** As after a pause of the process that outlived its lease. */
const lose = (id: string) => redis.client.hset(`${redis.keys.documents}j:${id}`, 'lease', '1');

test('is rung for, claimed by one, and ends once', async () => {
  const id = await made({ user: 'Ada' });
  expect(rung).toContain(id);
  expect(await jobs.claim(id, 'a')).toBe('ok');
  expect(await jobs.claim(id, 'a')).toBe('ok');
  expect(await jobs.claim(id, 'b')).toBe('held');
  expect(await jobs.note(id, 'a', { stage: 's', done: 1, total: 2 })).toBe('ok');
  expect(await jobs.end(id, 'b', 'failed')).toBe(false);
  expect(await jobs.end(id, 'a', 'completed', { result: { text: 'x' } })).toBe(true);
  expect(await jobs.end(id, 'a', 'failed')).toBe(false);
  expect(await jobs.claim(id, 'b')).toBe('ended');
  expect(await jobs.get(id)).toMatchObject({
    state: 'completed',
    attempt: 1,
    result: { text: 'x' },
    request: { a: 1 },
    progress: { done: 1 },
    cancel_requested: false,
  });
  expect((await jobs.ofUser('t', ' ada ')).map((job) => job.id)).toEqual([id]);
  expect(await jobs.claim('nobody', 'a')).toBe('gone');
});

test('a worker whose lease has passed to another is refused, and parts that are done stay', async () => {
  const id = await made();
  await jobs.claim(id, 'a');
  await jobs.keepPart(id, 'a', '0', { text: 'first' });
  await lose(id);
  expect(await jobs.claim(id, 'b')).toBe('ok');
  expect(await jobs.note(id, 'a')).toBe('lost');
  await jobs.keepPart(id, 'a', '0', { text: 'late' });
  expect(await jobs.end(id, 'a', 'completed')).toBe(false);
  expect([...(await jobs.parts(id))]).toEqual([['0', { text: 'first' }]]);
  expect(await jobs.get(id)).toMatchObject({ state: 'running', attempt: 2 });
});

test('what is put off comes back when it is due, and a lost bell is rung again', async () => {
  const id = await made();
  await jobs.claim(id, 'a');
  await jobs.park(id, 'a', 60_000, { code: 'upstream_unavailable', details: [] });
  expect(await jobs.get(id)).toMatchObject({ state: 'queued', fault: { code: 'upstream_unavailable' } });
  const due = async (): Promise<string[]> => (await jobs.due(100)).map((job) => job.id);
  expect(await due()).not.toContain(id);
  await redis.client.zadd(`${redis.keys.documents}open`, 1, id);
  expect(await due()).toContain(id);
});

test('a cancel ends what waits and is heard by who works', async () => {
  const waiting = await made();
  expect(await jobs.cancel(waiting)).toBe('cancelled');
  expect(await jobs.cancel(waiting)).toBe('already_finished');
  expect(await jobs.cancel('nobody')).toBe('not_found');

  const running = await made();
  await jobs.claim(running, 'a');
  const watch = new JobWatch(jobs, running, 'a');
  expect(await jobs.cancel(running)).toBe('requested');
  watch.tell({ type: 'text', delta: 'x' });
  await watch.flush();
  expect(watch.cancelled).toBe(true);
  expect(watch.signal.aborted).toBe(true);
  watch.stop();
});

test('watchers hear everything in order, from any place, texts of a moment in one piece', async () => {
  const id = await made();
  await jobs.claim(id, 'a');
  const watch = new JobWatch(jobs, id, 'a');
  for (const delta of ['one ', 'two ', 'three']) watch.tell({ type: 'text', delta });
  await watch.flush();
  watch.tell({ type: 'reset' });
  await watch.flush();
  watch.stop();
  await jobs.end(id, 'a', 'failed', { fault: { code: 'internal', details: [] } });
  const events = await jobs.events(id, '');
  expect(events.map(({ event }) => event)).toEqual([
    { type: 'state', state: 'queued' },
    { type: 'state', state: 'running' },
    { type: 'text', delta: 'one two three' },
    { type: 'reset' },
    { type: 'state', state: 'failed', fault: { code: 'internal', details: [] } },
  ]);
  expect(await jobs.events(id, events[3]!.id)).toEqual(events.slice(4));
});

test('a list is in pages by age, of one kind, and leaves out what is gone', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 7; i++) ids.push(await made({ tenant: 'paged' }));
  await made({ tenant: 'paged', kind: 'plan' });
  await redis.client.del(`${redis.keys.documents}j:${ids[2]!}`);
  const walk = async (order: 'asc' | 'desc'): Promise<string[]> => {
    const found: string[] = [];
    let after: string | undefined;
    do {
      const page = await jobs.list('paged', {
        kind: 'transcription',
        limit: 2,
        order,
        ...(after && { after }),
      });
      found.push(...page.items.map((job) => job.id));
      after = page.next;
    } while (after !== undefined);
    return found;
  };
  const left = ids.filter((_, i) => i !== 2);
  expect((await walk('asc')).toSorted()).toEqual(left.toSorted());
  expect((await walk('desc')).toReversed()).toEqual(await walk('asc'));
  await expect(
    jobs.list('paged', { kind: 'plan', limit: 1, order: 'asc', after: 'x' }),
  ).rejects.toMatchObject({
    code: 'invalid_cursor',
  });
});
