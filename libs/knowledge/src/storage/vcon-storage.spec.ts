// vCon storage on a real Redis and a real disk against the emulator: what is asked of the provider and as whom, what is left when a step fails,
// and that nothing of it can be seen where it does not belong.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { exportJWK, GeneralEncrypt, GeneralSign, generateKeyPair } from 'jose';
import { startEmulator, type RunningEmulator } from '../../../../apps/openai-emulator/src/index.js';
import { ALL_CONFIGS, ConfigModule, loadConfigs } from '#config';
import { RedisModule, StateRedis } from '#redis';
import { TelemetryModule } from '#telemetry';
import { sharedRedisUrl } from '#testing';
import { FaultyUpstream } from '../../../../test/support/faulty-upstream.js';
import { uuidOf, vconOf } from '../../../../test/support/vcon-fixture.js';
import { ObjectKeepers } from '../objects/object-keepers.js';
import { ObjectStore } from '../objects/object-store.js';
import { RemovalRecords } from './removal-records.js';
import type { SaveOptions } from './vcon-options.js';
import { VconDeletion } from './vcon-deletion.js';
import { VconIndexing } from './vcon-indexing.js';
import type { VconRecord } from './vcon-record.js';
import { VconJobsModule, VconStorageModule } from './vcon-storage.module.js';
import { VconStorage } from './vcon-storage.js';
import { VconSweep } from './vcon-sweep.js';

const TENANT = 'acme';
const PHONE = '+15550100777';

let emulator: RunningEmulator;
let directory: string;
let app: INestApplicationContext;
let storage: VconStorage;
let store: string;

async function start(env: Record<string, string> = {}): Promise<void> {
  const configs = loadConfigs(ALL_CONFIGS, {
    REDIS_URL: sharedRedisUrl(),
    REDIS_PREFIX: `test-${randomBytes(6).toString('hex')}:`,
    BOOTSTRAP_SERVER: '127.0.0.1:9092',
    MODEL: 'gpt-4o-mini',
    OPENAI_API_KEY: 'sk-env-canary',
    OPENAI_ORG_ID: 'org-env',
    OPENAI_PROJECT_ID: 'proj-env',
    OPENAI_BASE_URL: `${emulator.url}/v1`,
    MAX_RETRIES: '1',
    STORAGE_DIR: join(directory, 'storage'),
    AUDIT_KEY: 'k'.repeat(32),
    OPENAI_PROFILES: JSON.stringify({
      sales: { api_key: 'sk-sales', organization: 'org-sales', project: 'proj-sales' },
    }),
    ...env,
  });
  const parts = [TelemetryModule, RedisModule, VconStorageModule, VconJobsModule];
  @Module({ imports: [ConfigModule.of(configs), ...parts] })
  class TestModule {}
  app = await NestFactory.createApplicationContext(TestModule, { logger: false, abortOnError: false });
  storage = app.get(VconStorage);
  await app.get(StateRedis).ready(5_000);
}
async function stop(): Promise<void> {
  const { client, keys } = app.get(StateRedis);
  await client.unlink(`${keys.prefix}none`, ...(await client.keys(`${keys.prefix}*`)));
  await app.close();
}
beforeAll(async () => {
  emulator = await startEmulator();
});
beforeEach(async () => {
  emulator.control.reset();
  directory = mkdtempSync(join(tmpdir(), 'parley-vcon-spec-'));
  await start();
  const made = await fetch(`${emulator.url}/v1/vector_stores`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-x', 'content-type': 'application/json' },
    body: '{}',
  });
  store = ((await made.json()) as { id: string }).id;
  emulator.control.clearJournal();
});
afterEach(async () => {
  await stop();
  rmSync(directory, { recursive: true, force: true });
});
afterAll(() => emulator.close());

let count = 0;
const fresh = (lines = ['Hello.', 'How can I help?']) => vconOf(uuidOf(`spec-${count++}`), 'Subject', lines);
const save = (text: string, options: SaveOptions = {}, tenant = TENANT) =>
  storage.put({ tenant, bytes: Buffer.from(text), options });
const calls = (method: string, path: RegExp) =>
  emulator.control.journal().filter((one) => one.method === method && path.test(one.path));
const uploads = () => calls('POST', /^\/v1\/files$/);
const remote = () => emulator.control.objects().files.map(({ filename }) => filename);
const onDisk = (): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(directory, name)).isFile(),
  );
const settled = async (uuid: string, options = {}): Promise<VconRecord> => {
  for (let tries = 0; tries < 200; tries++) {
    const record = await storage.status(TENANT, uuid, options);
    if (record !== undefined && /^(?:ready|index_failed|failed)$/.test(record.state)) return record;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('the vCon does not come to rest');
};
const content = async (uuid: string): Promise<string> => {
  const found = await storage.get(TENANT, uuid);
  return found?.kind === 'original' ? (await buffer(found.body)).toString() : String(found?.kind);
};

describe('what is sent', () => {
  test('is one file under its name, for the account and the options of the call', async () => {
    const { uuid, text } = fresh();
    await save(text, {
      file_prefix: 'calls-',
      purpose: 'user_data',
      expires_after_seconds: 3_600,
      organization_key: 'org-call',
      project_key: 'proj-call',
      api_key: 'sk-call',
    });
    const [upload, ...more] = uploads();
    expect(more).toEqual([]);
    expect(upload!.headers).toMatchObject({
      'openai-organization': 'org-call',
      'openai-project': 'proj-call',
    });
    expect(upload!.body).toMatchObject({
      purpose: 'user_data',
      'expires_after[anchor]': 'created_at',
      'expires_after[seconds]': '3600',
      file: { filename: `calls-${uuid}.vcon.json`, type: 'application/json', bytes: Buffer.byteLength(text) },
    });
    expect(calls('POST', /vector_stores/)).toEqual([]);
    expect(await content(uuid)).toBe('undefined');
  });

  test('goes by the profile, else by the environment; a placeholder is nothing', async () => {
    await save(fresh().text, { profile: 'sales', organization_key: 'your-org-id' });
    await save(fresh().text, { api_key: 'your-openai-api-key' });
    const accounts = uploads().map(({ headers }) => [
      headers['openai-organization'],
      headers['openai-project'],
    ]);
    expect(accounts).toEqual([
      ['org-sales', 'proj-sales'],
      ['org-env', 'proj-env'],
    ]);
    await expect(save(fresh().text, { profile: 'nobody' })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  test('never mixes accounts', async () => {
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => save(fresh().text, i % 2 ? { profile: 'sales' } : {})),
    );
    const pairs = uploads().map(
      ({ headers, key }) => `${headers['openai-organization']} ${headers['openai-project']} ${key}`,
    );
    expect(new Set(pairs).size).toBe(2);
    expect(pairs.filter((pair) => pair.startsWith('org-sales proj-sales'))).toHaveLength(25);
  });

  test('is attached with its attributes and chunks, and is the rendering where it is searched', async () => {
    const { uuid, text } = fresh(['Hello.', 'We talk about kettles.']);
    const options = {
      vector_store_id: store,
      attributes: { team: 'sales' },
      max_chunk_size_tokens: 400,
      chunk_overlap_tokens: 100,
    };
    await save(text, options);
    expect(calls('POST', /vector_stores\/[^/]+\/files$/)[0]!.body).toMatchObject({
      attributes: { uuid, subject: 'Subject', team: 'sales' },
      chunking_strategy: {
        type: 'static',
        static: { max_chunk_size_tokens: 400, chunk_overlap_tokens: 100 },
      },
    });
    expect(await settled(uuid)).toMatchObject({ state: 'ready' });
    expect(await content(uuid)).toBe(text);
  });

  test('twenty in a row take two connections at most', async () => {
    for (let i = 0; i < 20; i++) await save(fresh().text);
    expect(new Set(uploads().map(({ connection }) => connection)).size).toBeLessThanOrEqual(2);
  });
});

describe('a step that fails', () => {
  test('at the upload leaves nothing but the reason', async () => {
    emulator.control.addRule({
      match: { path: '/v1/files', method: 'POST' },
      directive: 'fail 500',
      times: 2,
    });
    const { uuid, text } = fresh();
    await expect(save(text)).rejects.toMatchObject({ code: 'upload_failed' });
    expect(await storage.status(TENANT, uuid)).toMatchObject({
      state: 'failed',
      fault: { code: 'upload_failed' },
    });
    expect(await storage.get(TENANT, uuid)).toBeUndefined();
    expect([onDisk(), remote()]).toEqual([[], []]);
    await save(text);
    expect(await settled(uuid)).toMatchObject({ state: 'ready' });
    expect(await storage.status(TENANT, uuid)).not.toHaveProperty('fault');
  });

  test('at the store takes the file back', async () => {
    const { uuid, text } = fresh();
    await expect(save(text, { vector_store_id: 'vs_none' })).rejects.toMatchObject({
      code: 'vector_store_failed',
    });
    expect(calls('DELETE', /^\/v1\/files\//)).toHaveLength(1);
    expect(await storage.status(TENANT, uuid)).toMatchObject({
      state: 'failed',
      fault: { code: 'vector_store_failed' },
    });
    expect([onDisk(), remote()]).toEqual([[], []]);
  });

  test('of a newer content leaves the older in its place', async () => {
    const { uuid, text } = fresh();
    await save(text);
    const newer = vconOf(uuid, 'Newer', ['Other words.']).text;
    await expect(save(newer, { vector_store_id: 'vs_none' })).rejects.toMatchObject({
      code: 'vector_store_failed',
    });
    expect(await storage.status(TENANT, uuid)).toMatchObject({
      state: 'ready',
      last_fault: { code: 'vector_store_failed' },
    });
    expect(await content(uuid)).toBe(text);
    expect([remote().length, onDisk().length]).toEqual([1, 1]);
  });

  test('is told apart: account, limit, line, store', async () => {
    const failing = async (directive: string, options: SaveOptions = {}) => {
      emulator.control.clearRules();
      emulator.control.addRule({ match: { path: '/v1/files', method: 'POST' }, directive });
      return save(fresh().text, options).then(
        () => 'saved',
        (error: { code: string }) => error.code,
      );
    };
    expect(await failing('fail 401')).toBe('upstream_authentication');
    expect(await failing('fail 429 retry-after-ms=10')).toBe('upstream_rate_limited');
    expect(await failing('cut before')).toBe('upload_failed');
    emulator.control.clearRules();
    expect(
      await save(fresh().text, { api_key: 'sk-invalid' }).catch(({ code }: { code: string }) => code),
    ).toBe('upstream_authentication');
  });

  test('without access to vector stores the vCon is kept and the lack is told', async () => {
    emulator.control.addRule({ match: { path: '/v1/vector_stores' }, directive: 'fail 403' });
    const { uuid, text } = fresh();
    const { record } = await save(text, { vector_store_id: store });
    expect(record).toMatchObject({ state: 'index_failed', fault: { code: 'no_vector_store_access' } });
    expect([await content(uuid), remote().length]).toEqual([text, 1]);
  });

  test('a disk that takes nothing leaves no record', async () => {
    await stop();
    writeFileSync(join(directory, 'file'), '');
    await start({ STORAGE_DIR: join(directory, 'file') });
    const { uuid, text } = fresh();
    await expect(save(text)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(await storage.status(TENANT, uuid)).toBeUndefined();
    expect(uploads()).toEqual([]);
  });

  test('an answer that is lost leaves no second file', async () => {
    await stop();
    const upstream = await FaultyUpstream.start(emulator.url, 1);
    await start({ OPENAI_BASE_URL: `${upstream.url}/v1` });
    upstream.always = { fault: 'cut after', method: 'POST', path: '/v1/files', times: 1 };
    const [kept, failed] = [fresh(), fresh()];
    await save(kept.text);
    upstream.always.times = 2;
    await expect(save(failed.text)).rejects.toMatchObject({ code: 'upload_failed' });
    expect(uploads()).toHaveLength(4);
    await app.get(VconDeletion).goOn(Date.now() + 60_000);
    expect(remote()).toEqual([`${kept.uuid}.vcon.json`]);
    expect(await app.get(RemovalRecords).count()).toBe(0);
    await upstream.stop();
  });
});

describe('the index', () => {
  test('shows each state on its way', async () => {
    emulator.control.setDefaults({ index_looks: 2 });
    const { uuid, text } = fresh();
    expect((await save(text, { vector_store_id: store })).record.state).toBe('indexing');
    expect((await storage.status(TENANT, uuid))!.state).toBe('indexing');
    expect(await settled(uuid)).toMatchObject({ state: 'ready' });
  });

  test('may fail for a reason, and the vCon is there', async () => {
    const { uuid, text } = fresh(['[[index fail invalid_file Too many tokens]]']);
    await save(text, { vector_store_id: store });
    expect(await settled(uuid)).toMatchObject({
      state: 'index_failed',
      fault: { code: 'vector_store_failed', detail: expect.stringContaining('Too many tokens') },
    });
    expect(await content(uuid)).toBe(text);
  });

  test('that never ends counts as failed after a while', async () => {
    await stop();
    await start({ VCON_INDEX_SECONDS: '1' });
    const { uuid, text } = fresh(['[[index stuck]]']);
    await save(text, { vector_store_id: store });
    expect(await settled(uuid)).toMatchObject({ state: 'index_failed', fault: { code: 'index_timeout' } });
  });

  test('finds the newest content only, of the own tenant only, page by page', async () => {
    const about = (i: number) => fresh([`The kettle number ${i} is warm.`]);
    const mine = Array.from({ length: 5 }, (_, i) => about(i));
    for (const { text } of mine) await save(text, { vector_store_id: store });
    await save(about(9).text, { vector_store_id: store }, 'other');
    await save(vconOf(mine[0]!.uuid, 'Now', ['Nothing of it any more.']).text, { vector_store_id: store });
    for (const { uuid } of mine) await settled(uuid);
    const seen: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await storage.search(TENANT, {
        query: 'warm kettle',
        limit: 2,
        vector_store_id: store,
        ...(after && { after }),
      });
      seen.push(...page.items.map(({ uuid }) => uuid));
      expect(page.items[0]).toMatchObject({ dialog: 0, snippet: expect.stringContaining('kettle') });
      expect(page.items[0]!.attributes).not.toHaveProperty('tenant');
      after = page.next;
      if (after === undefined) break;
    }
    expect(seen.sort()).toEqual(
      mine
        .slice(1)
        .map(({ uuid }) => uuid)
        .sort(),
    );
    const query = { query: 'warm kettle', limit: 2, vector_store_id: store };
    const filters = { type: 'eq', key: 'uuid', value: mine[3]!.uuid };
    expect((await storage.search(TENANT, { ...query, filters })).items.map(({ uuid }) => uuid)).toEqual([
      mine[3]!.uuid,
    ]);
    await expect(storage.search(TENANT, { ...query, after: 'bm9uZQ' })).rejects.toMatchObject({
      code: 'invalid_cursor',
    });
    await expect(storage.search(TENANT, { ...query, filters: { type: 'like' } })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await expect(storage.search(TENANT, { query: 'x', limit: 2 })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
});

describe('a sealed vCon', () => {
  const inner = (uuid: string) => JSON.parse(vconOf(uuid, 'Sealed', ['Whispered words.']).text) as object;

  test('that is encrypted is kept and uploaded as it is, and never attached, also when a key opens it', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RSA-OAEP-256', { extractable: true });
    const uuid = uuidOf(`spec-sealed`);
    const text = JSON.stringify(
      await new GeneralEncrypt(Buffer.from(JSON.stringify(inner(uuid))))
        .setProtectedHeader({ enc: 'A256GCM' })
        .setSharedUnprotectedHeader({ uuid })
        .addRecipient(publicKey)
        .setUnprotectedHeader({ alg: 'RSA-OAEP-256' })
        .encrypt(),
    );
    for (const VCON_KEYS of ['', JSON.stringify({ ...(await exportJWK(privateKey)), alg: 'RSA-OAEP-256' })]) {
      await stop();
      await start({ VCON_KEYS });
      const { record } = await save(text, { vector_store_id: store });
      expect(record).toMatchObject({ uuid, form: 'encrypted', state: 'ready' });
      expect(await content(uuid)).toBe(text);
      expect(await storage.ofPerson(TENANT, PHONE)).toHaveLength(VCON_KEYS === '' ? 0 : 1);
      await storage.delete(TENANT, uuid, {}, 'test');
    }
    expect(uploads().map(({ body }) => (body as { file: { bytes: number } }).file.bytes)).toEqual(
      Array(2).fill(Buffer.byteLength(text)),
    );
    expect(calls('POST', /vector_stores\/[^/]+\/files$/)).toEqual([]);
  });

  test('that is signed is kept as it is and found by what it says', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const uuid = uuidOf(`spec-signed`);
    const signing = new GeneralSign(Buffer.from(JSON.stringify(inner(uuid))));
    signing.addSignature(privateKey).setProtectedHeader({ alg: 'ES256' }).setUnprotectedHeader({ uuid });
    const text = JSON.stringify(await signing.sign());
    const { record } = await save(text, { vector_store_id: store });
    expect(record).toMatchObject({ form: 'signed', signatures: [{ verified: false, alg: 'ES256' }] });
    await settled(uuid);
    const query = { query: 'whispered', limit: 1, vector_store_id: store };
    expect((await storage.search(TENANT, query)).items).toMatchObject([{ uuid, dialog: 0 }]);
    expect(await content(uuid)).toBe(text);
    await expect(save(text, { strict: true })).rejects.toMatchObject({ code: 'vcon_invalid' });
  });
});

describe('temporary files', () => {
  test('are private while they are there, and gone after', async () => {
    emulator.control.addRule({
      match: { path: '/v1/files', method: 'POST' },
      directive: 'upload hang 0 ms=300',
    });
    const { uuid, text } = fresh();
    const saving = save(text);
    let path: string | undefined;
    while (path === undefined) {
      path = onDisk().find((name) => name.endsWith('.vcon.json'));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(path).toMatch(new RegExp(`/${uuid}\\.vcon\\.json$`));
    expect(statSync(join(directory, path)).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, path, '..')).mode & 0o777).toBe(0o700);
    await saving;
    expect(onDisk().filter((name) => name.endsWith('.json'))).toEqual([]);
  });

  test('stay where that is asked for', async () => {
    const { uuid, text } = fresh();
    await save(text, { cleanup_local_files: false });
    expect(onDisk().filter((name) => name.endsWith(`${uuid}.vcon.json`))).toHaveLength(1);
  });
});

describe('what is kept', () => {
  test('is listed page by page, by profile and state', async () => {
    const all = Array.from({ length: 45 }, () => fresh());
    await Promise.all(all.map(({ text }, i) => save(text, i % 3 === 0 ? { profile: 'sales' } : {})));
    const walk = async (query: object): Promise<string[]> => {
      const seen: string[] = [];
      for (let after: string | undefined; ;) {
        const page = await storage.list(TENANT, {
          limit: 20,
          order: 'asc',
          ...query,
          ...(after && { after }),
        });
        seen.push(...page.items.map(({ uuid }) => uuid));
        if ((after = page.next) === undefined) return seen;
      }
    };
    expect((await walk({})).sort()).toEqual(all.map(({ uuid }) => uuid).sort());
    expect((await walk({ order: 'desc' })).toReversed()).toEqual(await walk({}));
    expect(await walk({ profile: 'sales' })).toHaveLength(15);
    expect(await walk({ state: 'failed' })).toEqual([]);
    expect((await storage.list('other', { limit: 20, order: 'asc' })).items).toEqual([]);
  });

  test('is another under another profile and tenant', async () => {
    const { uuid, text } = fresh();
    await save(text);
    await save(text, { profile: 'sales' });
    await save(text, {}, 'other');
    expect(remote()).toHaveLength(3);
    expect(await storage.delete(TENANT, uuid, {}, 'test')).toMatchObject({ receipt: { kind: 'vcon' } });
    expect(remote()).toHaveLength(2);
    expect(await storage.status(TENANT, uuid, { profile: 'sales' })).toBeDefined();
    expect(await storage.status('other', uuid)).toBeDefined();
  });

  test('is found by the people in it and by who saved it, until it is gone', async () => {
    const { uuid, text } = fresh();
    await storage.put({
      tenant: TENANT,
      bytes: Buffer.from(text),
      options: { channel: 'room' },
      saved_by: 'eve@example.com',
    });
    const of = async (name: string) => (await storage.ofPerson(TENANT, name)).map((one) => one.uuid);
    for (const name of [PHONE, 'Caller@Example.com', 'mailto:agent@example.com', 'EVE@example.com'])
      expect(await of(name)).toEqual([uuid]);
    for (const saved_by of ['bob@example.com', 'bob@example.com'])
      await storage.put({ tenant: TENANT, bytes: Buffer.from(text), options: {}, saved_by });
    expect([await of('bob@example.com'), await of('eve@example.com'), uploads().length]).toEqual([
      [uuid],
      [uuid],
      1,
    ]);
    expect((await storage.ofChannel(TENANT, 'room')).map((one) => one.uuid)).toEqual([uuid]);
    expect(await storage.ofPerson('other', PHONE)).toEqual([]);
    await storage.deleteRecord((await storage.status(TENANT, uuid))!, 'test');
    expect(await of(PHONE)).toEqual([]);
    const { client, keys } = app.get(StateRedis);
    const left = await client.keys(`${keys.vcons}o:*`);
    expect(left).toEqual([]);
  });

  test('comes back where our copy is lost only as what it is', async () => {
    const { uuid, text } = fresh(['We talk about kettles.']);
    await save(text, { vector_store_id: store });
    await settled(uuid);
    rmSync(join(directory, 'storage', 'objects'), { recursive: true });
    await expect(storage.get(TENANT, uuid)).rejects.toMatchObject({ code: 'content_gone' });
    const found = await storage.get(TENANT, uuid, { reconstruct: true });
    expect(found).toMatchObject({ kind: 'reconstructed', text: expect.stringContaining('kettles') });
  });
});

describe('what has to go', () => {
  test('and cannot yet is tried again until it is gone', async () => {
    const { uuid, text } = fresh();
    await save(text, { vector_store_id: store });
    await settled(uuid);
    emulator.control.addRule({ match: { path: '/v1/', method: 'DELETE' }, directive: 'fail 503' });
    const removal = await storage.delete(TENANT, uuid, {}, 'test');
    expect(removal!.receipt).toBeUndefined();
    expect(removal!.objects.map(({ kind, outcome, answer }) => [kind, outcome, answer])).toEqual([
      ['record', 'deleted', undefined],
      ['original', 'deleted', undefined],
      ['vector_store_file', 'pending', expect.stringMatching(/^503/)],
      ['file', 'pending', expect.stringMatching(/^503/)],
    ]);
    expect(await storage.status(TENANT, uuid)).toBeUndefined();
    expect(await storage.delete(TENANT, uuid, {}, 'test')).toBeUndefined();
    expect((await storage.pendingRemovals(TENANT, 10)).map(({ id }) => id)).toEqual([removal!.id]);
    expect(await storage.pendingRemovals('other', 10)).toEqual([]);
    emulator.control.clearRules();
    await app.get(VconDeletion).goOn(Date.now() + 3_600_000);
    expect((await storage.removal(TENANT, removal!.id))!.receipt).toMatchObject({ subject: uuid });
    expect(await storage.removal('other', removal!.id)).toBeUndefined();
    expect(await app.get(RemovalRecords).count()).toBe(0);
    expect(remote()).toEqual([]);
  });

  test('does not take what was saved again meanwhile', async () => {
    const { uuid, text } = fresh();
    await save(text);
    emulator.control.addRule({ match: { path: '/v1/files/', method: 'DELETE' }, directive: 'fail 503' });
    await storage.delete(TENANT, uuid, {}, 'test');
    emulator.control.clearRules();
    await save(text);
    await app.get(VconDeletion).goOn(Date.now() + 3_600_000);
    expect(remote()).toHaveLength(1);
    expect(await content(uuid)).toBe(text);
  });

  test('is found by a sweep, which only tells until it is told to', async () => {
    const [good, lost, empty] = [fresh(), fresh(), fresh()];
    for (const { text } of [good, lost, empty]) await save(text);
    const file = (await storage.status(TENANT, lost.uuid))!.file!.file_id;
    await fetch(`${emulator.url}/v1/files/${file}`, {
      method: 'DELETE',
      headers: { authorization: 'Bearer sk-x', 'openai-project': 'proj-env' },
    });
    const { hash } = (await storage.status(TENANT, empty.uuid))!;
    rmSync(
      join(
        directory,
        'storage',
        onDisk()
          .find((name) => name.endsWith(hash))!
          .replace(/^storage\//, ''),
      ),
    );
    const form = new FormData();
    form.append('purpose', 'assistants');
    form.append('file', new Blob(['{}']), `${uuidOf('orphan')}.vcon.json`);
    await fetch(`${emulator.url}/v1/files`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-x', 'openai-project': 'proj-env' },
      body: form,
    });
    const keepers = app.get(ObjectKeepers, { strict: false });
    for (const other of ['files', 'transcriptions'] as const) keepers.add(other, async function* () {});
    const objects = app.get(ObjectStore, { strict: false });
    async function* left(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('of a record that was lost');
    }
    const place = { tenant: TENANT, owner: `vcon:default:${good.uuid}` };
    const original = await objects.put(place, left(), { maxBytes: 100 });
    const sweep = app.get(VconSweep);
    const expected = [
      { kind: 'file', uuid: uuidOf('orphan') },
      { kind: 'record_without_file', uuid: lost.uuid },
      { kind: 'record_without_original', uuid: empty.uuid },
    ];
    const kinds = ({ orphans }: { orphans: { kind: string; uuid: string }[] }) =>
      orphans
        .filter(({ uuid }) => uuid !== good.uuid)
        .map(({ kind, uuid }) => ({ kind, uuid }))
        .sort((a, b) => a.kind.localeCompare(b.kind));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const told = await sweep.run({ apply: false, ageMs: 0 });
    expect(kinds(told)).toEqual(expected);
    expect(told.originals).toMatchObject({ orphans: 1, removed: 0, found: [original] });
    expect((await sweep.run({ apply: true, originals: false, ageMs: 0 })).originals.removed).toBe(0);
    expect(await objects.has(place, original.hash)).toBe(true);
    expect((await sweep.run({ apply: true, ageMs: 0 })).originals).toMatchObject({ orphans: 1, removed: 1 });
    expect(await objects.has(place, original.hash)).toBe(false);
    expect(kinds(await sweep.run({ apply: false, ageMs: 0 }))).toEqual([]);
    expect(await storage.status(TENANT, empty.uuid)).toBeUndefined();
    expect(await storage.status(TENANT, lost.uuid)).toMatchObject({
      state: 'index_failed',
      fault: { code: 'remote_missing' },
    });
    expect(await content(lost.uuid)).toBe(lost.text);
    expect(await content(good.uuid)).toBe(good.text);
    const newer = vconOf(lost.uuid, 'Newer', ['Other words.']).text;
    await expect(save(newer, { vector_store_id: 'vs_none' })).rejects.toMatchObject({
      code: 'vector_store_failed',
    });
    expect(await content(lost.uuid)).toBe(lost.text);
    await save(lost.text);
    expect(await settled(lost.uuid)).toMatchObject({ state: 'ready' });
  });

  test('of a save that was cut off goes with the next look', async () => {
    const { uuid, text } = fresh();
    const { record } = await save(text);
    const { client, keys } = app.get(StateRedis);
    const [key] = await client.keys(`${keys.vcons}r:*`);
    const { file, ...rest } = record as VconRecord;
    const attempt = { name: file!.name, started_at: Date.now(), hash: record.hash, file_id: file!.file_id };
    await client.set(key!, JSON.stringify({ ...rest, state: 'uploaded', hash: '', attempt }));
    await client.zadd(`${keys.vcons}open`, 1, key!.slice(`${keys.vcons}r:`.length));
    await app.get(VconIndexing).upkeep(Date.now());
    expect(await storage.status(TENANT, uuid)).toMatchObject({
      state: 'failed',
      fault: { code: 'interrupted' },
    });
    expect([remote(), onDisk()]).toEqual([[], []]);
  });
});
