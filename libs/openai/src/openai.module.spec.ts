// The module as an app gets it, with conversations and health against the emulator.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { ConfigModule, loadConfig, OpenaiConfig, RunsConfig } from '#config';
import { startEmulator, type RunningEmulator } from '../../../apps/openai-emulator/src/index.js';
import { ModelCatalogue } from './catalogue/model-catalogue.js';
import { ModelClients } from './client/model-clients.js';
import { ModelHealth } from './client/model-health.js';
import { ConversationsClient, type ConversationItem } from './conversations/conversations-client.js';
import { OpenaiModule } from './openai.module.js';

async function collect(items: AsyncIterable<ConversationItem>): Promise<ConversationItem[]> {
  const list: ConversationItem[] = [];
  for await (const item of items) list.push(item);
  return list;
}

let emulator: RunningEmulator;
let app: TestingModule;

beforeAll(async () => {
  emulator = await startEmulator();
  const openai = Object.assign(new OpenaiConfig(), {
    apiKey: 'sk-test',
    baseUrl: `${emulator.url}/v1`,
    aliases: 'house-model=gpt-6-luna',
    api: 'chat',
  });
  const imports = [ConfigModule.of([openai, new RunsConfig()]), OpenaiModule];
  app = await Test.createTestingModule({ imports }).compile();
});
afterAll(async () => {
  await app.close();
  await emulator.close();
});

test('clients by API and profile', () => {
  const clients = app.get(ModelClients);
  expect(clients.get().api).toBe('chat');
  expect(clients.get('responses').api).toBe('responses');
  expect(clients.get('responses')).toBe(clients.get('responses'));
  expect(() => clients.get('chat', 'nobody')).toThrow('no profile "nobody"');
  expect(app.get(ModelCatalogue).resolveModel('house-model', new Date()).model).toBe('gpt-6-luna');
});

test('a conversation and its items, more than one call and one page of them', async () => {
  const conversations = app.get(ConversationsClient);
  const id = await conversations.create({ channel: 'x' });
  const items = Array.from({ length: 130 }, (_, n) => ({ role: 'user' as const, content: `message ${n}` }));
  const added = await conversations.addItems(id, items);
  expect(added).toHaveLength(130);
  const listed = await collect(conversations.listItems(id));
  expect(listed.map((item) => item.id)).toEqual(added.map((item) => item.id));
  const after = await collect(conversations.listItems(id, added[127]!.id));
  expect(after.map((item) => item.id)).toEqual(added.slice(128).map((item) => item.id));
  for await (const newest of conversations.listNewestItems(id)) {
    expect(newest.id).toBe(added[129]!.id);
    break;
  }
  await conversations.deleteItem(id, added[129]!.id!);
  await expect(conversations.deleteItem(id, added[129]!.id!)).rejects.toMatchObject({ kind: 'not_found' });
  expect(await conversations.exists(id)).toBe(true);
  await conversations.delete(id);
  expect(await conversations.exists(id)).toBe(false);
});

test('health is asked once for many and kept for a while', async () => {
  const health = app.get(ModelHealth);
  const before = emulator.control.journal({ path: '/v1/models' }).length;
  const [one, two] = await Promise.all([health.check(), health.check()]);
  expect(await health.check()).toBe(one);
  expect(two).toBe(one);
  expect(one.ok).toBe(true);
  expect(one.models.get('gpt-4o-mini')).toBe('2027-01-14');
  expect(emulator.control.journal({ path: '/v1/models' })).toHaveLength(before + 1);

  let now = Date.now();
  const watched = new ModelHealth(app.get(ModelClients).sdk(), () => now);
  emulator.control.addRule({ match: { path: '/v1/models' }, directive: '[[fail 401]]' });
  expect(await watched.check()).toMatchObject({ ok: false, reason: 'auth' });
  emulator.control.clearRules();
  expect((await watched.check()).ok).toBe(false);
  now += 30_001;
  expect((await watched.check()).ok).toBe(true);
});

test('a key that is renewed in its file is used from then on', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'key-'));
  const path = join(directory, 'key');
  writeFileSync(path, 'sk-invalid');
  const openai = loadConfig(OpenaiConfig, {
    OPENAI_API_KEY_FILE: path,
    OPENAI_BASE_URL: `${emulator.url}/v1`,
  });
  const imports = [ConfigModule.of([openai, new RunsConfig()]), OpenaiModule];
  const renewing = await Test.createTestingModule({ imports }).compile();
  const { models } = renewing.get(ModelClients).sdk();
  await expect(models.list()).rejects.toThrow('401');
  writeFileSync(path, 'sk-renewed');
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await expect(models.list()).resolves.toBeDefined();
  await renewing.close();
  rmSync(directory, { recursive: true });
});
