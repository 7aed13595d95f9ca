// Vector stores on a real Redis and a real disk against the emulator: what is put in and reported, what goes when, and what is never touched.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { startEmulator, type RunningEmulator } from '../../../../apps/openai-emulator/src/index.js';
import { AssistantRegistry, mergeSettings } from '#assistants';
import { ALL_CONFIGS, ConfigModule, loadConfigs } from '#config';
import { OpenaiAccounts } from '#openai';
import { RedisModule, StateRedis } from '#redis';
import { TelemetryModule } from '#telemetry';
import { sharedRedisUrl } from '#testing';
import { Files } from '../files/files.js';
import { NamedStores } from './named-stores.js';
import { StoredFiles } from './stored-files.js';
import { StoresModule } from './stores.module.js';
import { VectorStores, type NewStore } from './vector-stores.js';

const TENANT = 'acme';
const DAY_MS = 86_400_000;

let emulator: RunningEmulator;
let directory: string;
let app: INestApplicationContext;
let stores: VectorStores;

beforeAll(async () => {
  emulator = await startEmulator();
});
beforeEach(async () => {
  emulator.control.reset();
  directory = mkdtempSync(join(tmpdir(), 'parley-stores-'));
  const configs = loadConfigs(ALL_CONFIGS, {
    REDIS_URL: sharedRedisUrl(),
    REDIS_PREFIX: `test-${randomBytes(6).toString('hex')}:`,
    BOOTSTRAP_SERVER: '127.0.0.1:9092',
    MODEL: 'gpt-4o-mini',
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: `${emulator.url}/v1`,
    MAX_RETRIES: '0',
    STORAGE_DIR: directory,
  });
  @Module({ imports: [ConfigModule.of(configs), TelemetryModule, RedisModule, StoresModule] })
  class TestModule {}
  app = await NestFactory.createApplicationContext(TestModule, { logger: false, abortOnError: false });
  stores = app.get(VectorStores);
  await app.get(StateRedis).ready(5_000);
});
afterEach(async () => {
  const { client, keys } = app.get(StateRedis);
  await client.unlink(`${keys.prefix}none`, ...(await client.keys(`${keys.prefix}*`)));
  await app.close();
  rmSync(directory, { recursive: true, force: true });
});
afterAll(() => emulator.close());

async function upload(text: string, name = 'a.txt'): Promise<string> {
  const files = app.get(Files, { strict: false });
  const { uploaded } = await files.receive({
    tenant: TENANT,
    user: '',
    name,
    purpose: 'assistants',
    profile: 'default',
    body: (async function* () {
      yield Buffer.from(text);
    })(),
  });
  return (await uploaded).id;
}
const make = (files: string[], more: Partial<NewStore> = {}) =>
  stores.create({ tenant: TENANT, name: 'drawings', files, delete_files: true, ...more });
const made = async (files: string[], more: Partial<NewStore> = {}) =>
  stores.settled(await make(files, more), 10_000);
const left = () => {
  const { files, vector_stores } = emulator.control.objects();
  return { files: files.map(({ filename }) => filename).sort(), stores: vector_stores.length };
};
const bodies = (path: RegExp) =>
  emulator.control
    .journal()
    .filter((one) => one.method === 'POST' && path.test(one.path))
    .map(({ body }) => body as Record<string, unknown>);

test('a store is made of its files in one call, with a time to live, and found by what they say', async () => {
  const [fence, kettle] = [
    await upload('the fence is broken', 'fence.txt'),
    await upload('a warranty of a kettle', 'kettle.txt'),
  ];
  const record = await made([fence, kettle]);
  expect(record).toMatchObject({ state: 'ready', completed: 2, failed: [] });
  const [body] = bodies(/\/vector_stores$/);
  expect(body).toMatchObject({ name: 'drawings', expires_after: { anchor: 'last_active_at', days: 7 } });
  expect(body!['file_ids']).toHaveLength(2);
  const [hit] = await stores.search(record, { query: 'kettle warranty', limit: 3 });
  expect(hit).toMatchObject({ id: kettle, name: 'kettle.txt' });
  expect(hit!.text).toContain('warranty');
  expect(await stores.get('other', record.id)).toBeUndefined();
});

test('attributes go with each file and filter what is found', async () => {
  const one = await made([await upload('the fence is broken')], { attributes: { project: 'garden' } });
  const search = (value: string) =>
    stores.search(one, { query: 'fence', limit: 3, filters: { type: 'eq', key: 'project', value } });
  expect(await search('garden')).toMatchObject([{ attributes: { project: 'garden' } }]);
  expect(await search('kitchen')).toEqual([]);
});

test('more files than one call takes go in batches', async () => {
  const ids = await Promise.all(
    Array.from({ length: 501 }, (_, i) => upload(`page ${i} zebra${i}`, `${i}.txt`)),
  );
  const record = await made(ids);
  expect(record).toMatchObject({ state: 'ready', completed: 501, failed: [] });
  expect(bodies(/\/vector_stores$/)[0]!['file_ids']).toHaveLength(500);
  expect(bodies(/\/file_batches$/).map((body) => (body['files'] as unknown[]).length)).toEqual([1]);
  expect(await stores.search(record, { query: 'zebra500', limit: 1 })).toMatchObject([{ name: '500.txt' }]);
}, 60_000);

test('a file that cannot be indexed is told with its reason, the others are found', async () => {
  const [bad, good] = [
    await upload('[[index fail unsupported_file no words]]', 'bad.txt'),
    await upload('good words', 'good.txt'),
  ];
  const record = await made([bad, good]);
  expect(record).toMatchObject({ state: 'ready', completed: 1 });
  expect(record.failed).toEqual([{ id: bad, reason: expect.stringContaining('unsupported_file') }]);
});

test('a store that cannot be made leaves nothing of itself, nor of the files that were to go with it', async () => {
  const [mine, kept] = [await upload('mine', 'mine.txt'), await upload('kept', 'kept.txt')];
  emulator.control.addRule({ match: { path: '/v1/vector_stores' }, directive: 'fail 500' });
  await expect(make([kept], { delete_files: false })).rejects.toMatchObject({ code: 'vector_store_failed' });
  await expect(make([mine])).rejects.toMatchObject({ code: 'vector_store_failed' });
  emulator.control.clearRules();
  // What it may have left at the provider is looked for, and found to be nothing.
  await stores.upkeep(Date.now() + DAY_MS);
  expect(left()).toEqual({ files: ['kept.txt'], stores: 0 });
  expect((await stores.list(TENANT, 10)).items).toEqual([]);
});

test('what is no file of the tenant, or not there, is refused before anything is made', async () => {
  await expect(make(['file_00', await upload('x')])).rejects.toMatchObject({
    code: 'invalid_request',
    details: ['file_ids[0] is not a file that is ready'],
  });
  await expect(make([await upload('x')], { tenant: 'other' })).rejects.toMatchObject({
    code: 'invalid_request',
  });
  expect(left().stores).toBe(0);
});

test('a store that nobody used for its time goes with the files that only it used; others stay', async () => {
  const [own, shared] = [await upload('own', 'own.txt'), await upload('shared', 'shared.txt')];
  const configured = await app
    .get(OpenaiAccounts, { strict: false })
    .of()
    .vectorStores.create({ name: 'configured' });
  const old = await made([own, shared]);
  emulator.control.advanceClock(8 * DAY_MS);
  const young = await made([shared]);
  expect(await stores.expire(Date.now() + 8 * DAY_MS)).toEqual({ expired: [old.id] });
  expect(await stores.get(TENANT, old.id)).toBeUndefined();
  expect(await stores.get(TENANT, young.id)).toMatchObject({ state: 'ready' });
  expect(left().files).toEqual(['shared.txt']);
  const ids = emulator.control.objects().vector_stores.map(({ id }) => id);
  expect(ids).toContain(configured.id);
  expect(await stores.delete(young)).toBe(true);
  expect(left().files).toEqual([]);
});

test('a store that a save or an assistant names stays, whatever its age', async () => {
  const files = [await upload('one', '1.txt'), await upload('two', '2.txt'), await upload('three', '3.txt')];
  const [saved, assisted, nobody] = await Promise.all(files.map((id) => made([id])));
  await app.get(NamedStores, { strict: false }).note(saved!.vector_store_id);
  await app.get(AssistantRegistry, { strict: false }).create(TENANT, {
    purpose: 'desk',
    by: 'test',
    origin: 'manager',
    current: true,
    settings: mergeSettings(
      {},
      {
        model: 'gpt-4o-mini',
        tools: [{ type: 'file_search' }],
        tool_resources: { file_search: { vector_store_ids: [assisted!.vector_store_id] } },
      },
    ),
  });
  emulator.control.advanceClock(8 * DAY_MS);
  expect(await stores.expire(Date.now() + 8 * DAY_MS)).toEqual({ expired: [nobody!.id] });
  expect(left()).toEqual({ files: ['1.txt', '2.txt'], stores: 2 });
});

test('a store that vanishes at the provider while it is filled is told as gone', async () => {
  emulator.control.addRule({ match: { path: '/v1/vector_stores' }, directive: '[[index looks 3]]' });
  const record = await make([await upload('slow', 'slow.txt')]);
  await app.get(OpenaiAccounts, { strict: false }).of().vectorStores.delete(record.vector_store_id);
  expect(await stores.settled(record, 10_000)).toMatchObject({
    state: 'ready',
    completed: 0,
    failed: [{ reason: 'the vector store is not there any more' }],
  });
});

test('a removal that fails is shown, and tried again until it is done', async () => {
  const record = await made([await upload('own', 'own.txt')]);
  emulator.control.addRule({ match: { path: '/v1/vector_stores' }, directive: 'fail 503' });
  expect(await stores.delete(record)).toBe(false);
  expect(await stores.get(TENANT, record.id)).toMatchObject({
    state: 'deleting',
    fault: 'vector_store_failed',
    tries: 1,
  });
  emulator.control.clearRules();
  await stores.upkeep(Date.now() + DAY_MS);
  expect([await stores.get(TENANT, record.id), left()]).toEqual([undefined, { files: [], stores: 0 }]);
});

describe('the files of a store, one by one', () => {
  const files = () => app.get(StoredFiles, { strict: false });

  test('are listed as they were put in, in pages, by status, with what the index says of each', async () => {
    const ids = [
      await upload('one', '1.txt'),
      await upload('[[index fail unsupported_file no words]]', '2.txt'),
      await upload('three', '3.txt'),
    ];
    const record = await made(ids, { attributes: { project: 'bridge' } });
    const walk = async (status?: 'completed' | 'failed'): Promise<string[]> => {
      const found: string[] = [];
      let after: string | undefined;
      do {
        const page = await files().list(record, {
          limit: 1,
          ...(status && { status }),
          ...(after && { after }),
        });
        expect(page.items.length).toBeLessThanOrEqual(1);
        found.push(...page.items.map(({ id }) => id));
        after = page.next;
      } while (after !== undefined);
      return found;
    };
    expect([await walk(), await walk('completed'), await walk('failed')]).toEqual([
      ids,
      [ids[0], ids[2]],
      [ids[1]],
    ]);
    expect(await files().get(record, ids[0]!)).toMatchObject({
      name: '1.txt',
      status: 'completed',
      attributes: { project: 'bridge' },
    });
    expect(await files().get(record, ids[1]!)).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('unsupported_file'),
    });
    expect(await files().get(record, await upload('elsewhere'))).toBeUndefined();
    await expect(files().list(record, { limit: 1, after: 'file_00' })).rejects.toMatchObject({
      code: 'invalid_cursor',
    });
  });

  test('are shown while they wait, when nothing of the store can be changed yet', async () => {
    const ids = [await upload('one', '1.txt'), await upload('two', '2.txt')];
    const record = await make(ids, { attributes: { project: 'bridge' } });
    expect((await files().list(record, { limit: 5 })).items).toMatchObject([
      { id: ids[0], name: '1.txt', status: 'in_progress' },
      { id: ids[1], name: '2.txt', status: 'in_progress' },
    ]);
    expect((await files().list(record, { limit: 1 })).next).toBe(ids[0]);
    expect((await files().list(record, { limit: 5, after: ids[0]! })).items).toMatchObject([{ id: ids[1] }]);
    expect((await files().list(record, { limit: 5, status: 'failed' })).items).toEqual([]);
    const busy = { code: 'busy', retryAfterMs: 2_000 };
    await expect(files().setAttributes(record, ids[0]!, {})).rejects.toMatchObject(busy);
    await expect(files().remove(record, ids[0]!, true)).rejects.toMatchObject(busy);
  });

  test('get other attributes, by which a search finds them', async () => {
    const [id] = [await upload('the fence is broken')];
    const record = await made([id]);
    expect(await files().setAttributes(record, id, { project: 'garden', year: 2026 })).toMatchObject({
      attributes: { project: 'garden', year: 2026 },
    });
    const filters = { type: 'eq', key: 'project', value: 'garden' } as const;
    expect(await stores.search(record, { query: 'fence', limit: 3, filters })).toMatchObject([{ id }]);
    await expect(files().setAttributes(record, id, { long: 'x'.repeat(513) })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  test('leave it alone, or with the upload unless another store needs that', async () => {
    const [own, shared, bad] = [
      await upload('own', 'own.txt'),
      await upload('shared', 'shared.txt'),
      await upload('[[index fail unsupported_file no words]]', 'bad.txt'),
    ];
    const record = await made([own, shared, bad]);
    const other = await made([shared]);
    expect(await files().remove(record, shared, true)).toBe('kept');
    await expect(files().remove(record, own, true)).rejects.toMatchObject({ code: 'version_conflict' });
    const now = async () => (await stores.get(TENANT, record.id))!;
    expect(await files().remove(await now(), own, true)).toBe('removed');
    expect(await files().remove(await now(), own, true)).toBeUndefined();
    expect(await files().remove(await now(), bad, false)).toBe('kept');
    expect(await now()).toMatchObject({ files: [], handed_over: 0, completed: 0, failed: [] });
    expect(left().files).toEqual(['bad.txt', 'shared.txt']);
    expect(await stores.search(await now(), { query: 'own shared', limit: 3 })).toEqual([]);
    // It does not count as used by the store that it left.
    expect(await stores.delete(other)).toBe(true);
    expect(left().files).toEqual(['bad.txt']);
  });
});
