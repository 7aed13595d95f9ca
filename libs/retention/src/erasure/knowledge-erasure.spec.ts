// A person leaves: the vCons that they are a party of, their files and their documents go here and at the provider, and the receipt says what was
// answered for each; what the provider does not remove now keeps the erasure open.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { startEmulator, type RunningEmulator } from '../../../../apps/openai-emulator/src/index.js';
import { isGenuine } from '#auth';
import { ALL_CONFIGS, ConfigModule, loadConfigs } from '#config';
import { Files, VconStorage } from '#knowledge';
import { OpenaiAccounts } from '#openai';
import { RedisModule, StateRedis } from '#redis';
import { RunsModule } from '#runs';
import { TelemetryModule } from '#telemetry';
import { findInRedis, sharedRedisUrl } from '#testing';
import { ErasureModule } from './erasure.module.js';
import { Erasures } from './erasures.js';

const TENANT = 'default';
const ADA = 'ada.canary@example.com';
const AUDIT_KEY = 'k'.repeat(32);
const ADAS = '0195b7a7-1237-8dc8-9dd8-000000000001';
const BOBS = '0195b7a7-1237-8dc8-9dd8-000000000002';

let emulator: RunningEmulator;
let directory: string;
let app: INestApplicationContext;

beforeAll(async () => {
  emulator = await startEmulator();
});
beforeEach(async () => {
  emulator.control.reset();
  directory = mkdtempSync(join(tmpdir(), 'parley-erasure-'));
  const configs = loadConfigs(ALL_CONFIGS, {
    REDIS_URL: sharedRedisUrl(),
    REDIS_PREFIX: `test-${randomBytes(6).toString('hex')}:`,
    BOOTSTRAP_SERVER: '127.0.0.1:9092',
    MODEL: 'gpt-4o-mini',
    OPENAI_API_KEY: 'sk-test',
    OPENAI_BASE_URL: `${emulator.url}/v1`,
    MAX_RETRIES: '0',
    STORAGE_DIR: directory,
    AUDIT_KEY,
  });
  @Module({ imports: [ConfigModule.of(configs), TelemetryModule, RedisModule, RunsModule, ErasureModule] })
  class TestModule {}
  app = await NestFactory.createApplicationContext(TestModule, { logger: false, abortOnError: false });
  await app.get(StateRedis).ready(5_000);
});
afterEach(async () => {
  const { client, keys } = app.get(StateRedis);
  await client.unlink(`${keys.prefix}none`, ...(await client.keys(`${keys.prefix}*`)));
  await app.close();
  rmSync(directory, { recursive: true, force: true });
});
afterAll(() => emulator.close());

const get = <T>(type: new (...args: never[]) => T): T => app.get(type, { strict: false });

async function saveVcons(): Promise<void> {
  const store = await get(OpenaiAccounts).of().vectorStores.create({ name: 'calls' });
  for (const [uuid, mailto] of [
    [ADAS, `mailto:${ADA.toUpperCase()}`],
    [BOBS, 'bob@example.com'],
  ]) {
    const vcon = {
      vcon: '0.4.0',
      uuid,
      created_at: '2025-03-02T13:47:00Z',
      parties: [{ mailto }, { name: 'Agent' }],
      dialog: [
        {
          type: 'text',
          start: '2025-03-02T13:47:00Z',
          parties: [0],
          encoding: 'none',
          mediatype: 'text/plain',
          body: 'A word.',
        },
      ],
    };
    await get(VconStorage).put({
      tenant: TENANT,
      bytes: Buffer.from(JSON.stringify(vcon)),
      options: { vector_store_id: store.id },
    });
  }
}
async function uploadFile(): Promise<void> {
  const wish = {
    tenant: TENANT,
    user: ADA,
    name: 'ada.txt',
    purpose: 'assistants',
    profile: 'default',
  } as const;
  const { uploaded } = await get(Files).receive({
    ...wish,
    body: (async function* () {
      yield Buffer.from('of ada');
    })(),
  });
  await uploaded;
}
const atProvider = (): string[] =>
  emulator.control
    .objects()
    .files.map(({ filename }) => filename)
    .sort();
const onDisk = (): number =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(directory, name)).isFile(),
  ).length;
const subject = { tenant: TENANT, kind: 'user' as const, name: ADA };

test('all of it goes, nothing of anybody else, and the receipt lists each object', async () => {
  await saveVcons();
  await uploadFile();
  const erasures = get(Erasures);
  expect(await erasures.count(subject)).toEqual({ vcons: 1, files: 1 });
  const record = await erasures.run(await erasures.begin(subject), 'test');
  expect(record).toMatchObject({ status: 'done', left: {}, removed: { vcons: 1, files: 1, documents: 0 } });
  const { objects = [] } = record.receipt!;
  expect(objects.map(({ store, kind, outcome }) => [store, kind, outcome])).toEqual([
    ['vcons', 'record', 'deleted'],
    ['vcons', 'original', 'deleted'],
    ['vcons', 'vector_store_file', 'deleted'],
    ['vcons', 'file', 'deleted'],
    ['files', 'file', 'deleted'],
  ]);
  expect(isGenuine(AUDIT_KEY, record.receipt!)).toBe(true);
  expect(isGenuine(AUDIT_KEY, { ...record.receipt!, objects: [] })).toBe(false);
  expect(JSON.stringify(record).toLowerCase()).not.toContain('canary');
  expect(atProvider()).toEqual([`${BOBS}.vcon.json`]);
  expect(onDisk()).toBe(1);
  const { client, keys } = app.get(StateRedis);
  expect(await findInRedis(client, keys.prefix, 'canary')).toEqual([]);
});

test('what the provider does not remove keeps it open, until it is gone', async () => {
  await saveVcons();
  emulator.control.addRule({ match: { path: '/v1/files', method: 'DELETE' }, directive: 'fail 500' });
  const erasures = get(Erasures);
  const id = await erasures.begin(subject);
  expect(await erasures.run(id, 'test')).toMatchObject({ status: 'incomplete', left: { vcons: 1 } });
  // The record is gone already; the erasure knows all the same that something is left.
  expect(await erasures.run(id, 'test')).toMatchObject({ status: 'incomplete', left: { vcons: 1 } });
  emulator.control.clearRules();
  await get(VconStorage).tryRemovals(Date.now() + 3_600_000);
  const record = await erasures.run(id, 'test');
  expect(record).toMatchObject({ status: 'done', removed: { vcons: 1 } });
  expect(record.receipt!.objects).toContainEqual(
    expect.objectContaining({ kind: 'file', outcome: 'deleted', answer: '200' }),
  );
  expect(atProvider()).toEqual([`${BOBS}.vcon.json`]);
});
