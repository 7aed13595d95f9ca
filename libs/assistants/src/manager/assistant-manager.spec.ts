// The manager on a real Redis, several of them as replicas are, against a stand-in of the provider's list of models.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AssistantsConfig, loadConfig, OpenaiConfig } from '#config';
import { ParleyError } from '#contracts';
import { ModelCatalogue, ModelClients } from '#openai';
import type { StateRedis } from '#redis';
import { startEmulator, type RunningEmulator } from '../../../../apps/openai-emulator/src/index.js';
import { AssistantRegistry } from '../assistant-registry.js';
import { ChannelAssistants } from '../channel-assistants.js';
import { mergeSettings } from '../settings/assistant-settings.js';
import { clearTestRedis, closeTestRedis, openTestRedis, sourceOf } from '../testing.js';
import { AssistantProjections } from '../projections/assistant-projections.js';
import { ProjectionKeeper } from '../projections/projection-keeper.js';
import { AssistantCleanUp } from './assistant-clean-up.js';
import { AssistantManager } from './assistant-manager.js';
import { ModelCheck } from './model-check.js';
import { RefreshState } from './refresh-state.js';

const scope = { tenant: 'default', by: 'tester' };
let redis: StateRedis;
let registry: AssistantRegistry;
let emulator: RunningEmulator;
let clients: ModelClients;
beforeAll(async () => {
  redis = await openTestRedis();
  registry = new AssistantRegistry(redis);
  emulator = await startEmulator();
  const profile = { name: 'default', apiKey: 'sk-test', baseURL: `${emulator.url}/v1` };
  const timeouts = { first_output_ms: 5_000, idle_ms: 5_000 };
  clients = new ModelClients({ profiles: [profile], api: 'responses', timeouts }, new ModelCatalogue());
});
beforeEach(async () => {
  await clearTestRedis(redis);
  emulator.control.clearRules();
});
afterAll(async () => {
  await closeTestRedis(redis);
  await clients.close();
  await emulator.close();
});

const replica = (env: Record<string, string> = {}, directory?: string): AssistantManager => {
  const config = loadConfig(AssistantsConfig, env);
  return new AssistantManager(
    new AssistantRegistry(redis),
    new RefreshState(redis, config),
    new AssistantCleanUp(redis, registry),
    new ModelCheck(clients, new ModelCatalogue()),
    config,
    loadConfig(OpenaiConfig, { OPENAI_API_KEY: 'sk-test', ...env }),
    new ProjectionKeeper(registry, new AssistantProjections(directory)),
  );
};
const count = async (): Promise<number> => (await registry.list('default', { limit: 100 })).items.length;
/** As if the last refresh had been two hours ago: one is due where an hour is the interval, and then none for an hour. */
const longAgo = () =>
  redis.client.hset(`${redis.keys.assistants}refresh:default`, 'last:default', Date.now() - 7_200_000);
const verify = { ASSISTANT_REFRESH_MODE: 'verify' };
const failing = (status: number) =>
  emulator.control.addRule({ match: { path: '/v1/models', method: 'GET' }, directive: `fail ${status}` });

describe('the manager', () => {
  test('makes the documented assistant when there is none, once however many ask', async () => {
    const replicas = [replica(), replica()];
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 4 === 3 ? replicas[i % 2]!.initialize(scope) : replicas[i % 2]!.current(scope),
      ),
    );
    expect(new Set(all.map(({ assistant }) => assistant.id)).size).toBe(1);
    expect(all.filter(({ made }) => made)).toHaveLength(1);
    expect(await count()).toBe(1);
    expect(all[0]!.assistant).toMatchObject({
      name: 'Invoice Translation Assistant',
      model: 'gpt-4o-mini',
      description: expect.stringMatching(/./),
      instructions: expect.stringContaining('JSON'),
      tools: [{ type: 'code_interpreter' }, { type: 'file_search' }],
      metadata: { created_by: 'estrella-backend', created_at: expect.stringMatching(/Z$/), version: '1.0.0' },
    });
  });

  test('refreshes when the interval has passed, once for all replicas, and runs get the new one', async () => {
    const env = { ASSISTANT_REFRESH_INTERVAL_MS: '3600000' };
    const [one, two] = [replica(env), replica(env)];
    const { assistant: first } = await one.initialize(scope);
    expect((await two.current(scope)).assistant.id).toBe(first.id);
    await longAgo();
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? one : two).current(scope)));
    expect(new Set(all.map(({ assistant }) => assistant.id)).size).toBe(1);
    expect(all.filter(({ made }) => made)).toHaveLength(1);
    expect(all.find(({ made }) => made)!.previous).toBe(first.id);
    expect((await sourceOf(redis).current()).id).toBe(all[0]!.assistant.id);
    expect(await count()).toBe(2);
  });

  test('an interval of 0 is always due, and still those who ask at once share one', async () => {
    const one = replica();
    const { assistant } = await one.initialize(scope);
    await one.setRefreshInterval(scope, 0);
    const two = replica();
    expect(await two.status(scope)).toMatchObject({
      assistant_id: assistant.id,
      interval_ms: 0,
      needs_refresh: true,
      last_refresh: expect.any(Number),
    });
    const next = await two.current(scope);
    expect(next).toMatchObject({ made: true, previous: assistant.id });
    expect(await two.current(scope)).toMatchObject({ made: true, previous: next.assistant.id });
    expect(await two.refreshDue()).toEqual([]);
  });

  test('keeps the fields that a refresh does not name; another refresh of one moment counts for both', async () => {
    const manager = replica();
    await manager.initialize(scope);
    const config = { name: 'Other', metadata: { team: 'x' } };
    const { assistant, previous } = await manager.refresh(scope, config);
    expect(assistant).toMatchObject({ name: 'Other', model: 'gpt-4o-mini', current: true });
    expect(assistant.metadata).toMatchObject({ created_by: 'estrella-backend', team: 'x' });
    expect(previous).not.toBe(assistant.id);
    const both = await Promise.all([manager.refresh(scope), replica().refresh(scope)]);
    expect(both[0].assistant.id).toBe(both[1].assistant.id);
    expect((await manager.refresh(scope)).previous).toBe(both[0].assistant.id);
  });

  test('takes the assistant of the configuration as it is, and a refresh still follows the configuration', async () => {
    const { id } = await sourceOf(redis).current();
    const manager = replica();
    expect(await manager.initialize(scope)).toMatchObject({ made: false, assistant: { id, name: 'Parley' } });
    expect(await manager.refreshDue()).toEqual([]);
    const { assistant } = await manager.refresh(scope);
    expect(assistant).toMatchObject({ name: 'Parley', origin: 'config' });
    const changed = await sourceOf(redis, { OPENAI_MODEL: 'gpt-6-astra' }).current();
    expect(changed).toMatchObject({ id: assistant.id, version: 2, model: 'gpt-6-astra' });
  });

  test('the schedule refreshes without anybody asking, each purpose by itself', async () => {
    const manager = replica({ ASSISTANT_REFRESH_INTERVAL_MS: '200' });
    const a = await manager.initialize(scope);
    const b = await manager.create({ ...scope, purpose: 'invoices' });
    await sleep(250);
    const renewed = await manager.refreshDue();
    expect(renewed).toHaveLength(2);
    expect(renewed).not.toContain(a.assistant.id);
    expect((await registry.current('default', 'invoices'))!.id).not.toBe(b.assistant.id);
  });
});

test('what the files name is taken over at the first start, and a refresh writes them', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'parley-'));
  try {
    await mkdir(join(directory, 'config'));
    const saved = {
      assistantId: 'asst_fromBefore1',
      name: 'Before',
      model: 'gpt-6-astra',
      instructions: 'Old.',
    };
    await writeFile(join(directory, 'config', 'openai-assistant.json'), JSON.stringify(saved));
    const manager = replica({}, directory);
    const { assistant } = await manager.initialize(scope);
    expect(assistant).toMatchObject({
      id: 'asst_fromBefore1',
      name: 'Before',
      current: true,
      made_by_us: false,
    });
    const next = await manager.refresh(scope);
    expect(next).toMatchObject({ previous: 'asst_fromBefore1', assistant: { name: 'Before' } });
    expect(await readFile(join(directory, '.env'), 'utf8')).toBe(
      `OPENAI_ASSISTANT_ID=${next.assistant.id}\n`,
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test('who wants absent files made does not share the wait of one who would leave them out', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'parley-'));
  const keeper = new ProjectionKeeper(registry, new AssistantProjections(directory));
  try {
    const { id } = (await replica().initialize(scope)).assistant;
    const shy = keeper.keep(false);
    const bold = keeper.keep(true);
    // Who comes now is served by either: making files keeps those that are there, too.
    expect(keeper.keep(true)).toBe(bold);
    expect(keeper.keep(false)).toBe(bold);
    await Promise.all([shy, bold]);
    expect(await readFile(join(directory, '.env'), 'utf8')).toBe(`OPENAI_ASSISTANT_ID=${id}\n`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test('the files follow what others change; an id that was deleted does not come back from them', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'parley-'));
  const env = (): Promise<string> => readFile(join(directory, '.env'), 'utf8');
  const json = () => readFile(join(directory, 'config', 'openai-assistant.json'), 'utf8');
  const keeper = new ProjectionKeeper(registry, new AssistantProjections(directory));
  try {
    const manager = replica({}, directory);
    const { id } = (await manager.initialize(scope)).assistant;
    await registry.update('default', id, { name: 'Changed' }, { by: 'tester', why: 'test' });
    await keeper.keep();
    expect(JSON.parse(await json())).toMatchObject({ assistantId: id, name: 'Changed' });
    const before = await json();
    await keeper.keep();
    expect(await json()).toBe(before);

    const all = await Promise.all(
      Array.from({ length: 12 }, (_, i) => manager.refresh(scope, { name: `Number ${i}` })),
    );
    const current = (await registry.current('default', 'default'))!;
    expect(all.map(({ assistant }) => assistant.id)).toContain(current.id);
    expect(await env()).toBe(`OPENAI_ASSISTANT_ID=${current.id}\n`);
    expect(JSON.parse(await json())).toMatchObject({ assistantId: current.id, name: current.name });

    await registry.delete('default', current.id);
    // As if the process had died before its files: the next one does not believe them.
    const next = (await replica({}, directory).initialize(scope)).assistant;
    expect(next.id).not.toBe(current.id);
    await registry.delete('default', next.id);
    await keeper.keep();
    expect(await env()).toBe('OPENAI_ASSISTANT_ID=\n');
    await expect(json()).rejects.toMatchObject({ code: 'ENOENT' });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

describe('verifying', () => {
  const due = { ...verify, ASSISTANT_REFRESH_INTERVAL_MS: '1', OPENAI_MODEL: 'gpt-6-luna' };

  test('keeps the assistant while the provider has its model', async () => {
    const manager = replica(due);
    const { assistant } = await manager.initialize(scope);
    await sleep(5);
    expect(await manager.current(scope)).toMatchObject({ made: false, assistant: { id: assistant.id } });
    expect(await count()).toBe(1);
  });

  test('makes a new one when the provider has its model no more', async () => {
    const manager = replica(due);
    const { assistant } = await manager.create(scope, { model: 'acme-discontinued' });
    await sleep(5);
    const next = await manager.current(scope);
    expect(next).toMatchObject({ made: true, previous: assistant.id, assistant: { model: 'gpt-6-luna' } });
  });

  test('a provider that fails says nothing of the assistant: it stays, and the failure is told', async () => {
    const manager = replica(due);
    const { assistant } = await manager.initialize(scope);
    await sleep(5);
    failing(500);
    await expect(manager.current(scope)).rejects.toMatchObject({
      code: 'upstream_unavailable',
      httpStatus: 502,
    });
    emulator.control.clearRules();
    failing(401);
    await expect(manager.current(scope)).rejects.toMatchObject({ code: 'upstream_account' });
    expect(await registry.current('default', 'default')).toMatchObject({ id: assistant.id });
    expect(await count()).toBe(1);
  });

  test('a failure that passes is not even noticed', async () => {
    const manager = replica(due);
    await manager.initialize(scope);
    await sleep(5);
    emulator.control.addRule({
      match: { path: '/v1/models', method: 'GET' },
      directive: 'fail 500 times=2',
    });
    expect(await manager.current(scope)).toMatchObject({ made: false });
  });
});

describe('clean-up', () => {
  const many = async (manager: AssistantManager, n: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let i = 0; i < n; i++) ids.push((await manager.create(scope)).assistant.id);
    return ids;
  };

  test('keeps the newest, says what it would do, and follows every new assistant', async () => {
    const manager = replica({ ASSISTANT_KEEP: '100' });
    const ids = await many(manager, 8);
    const old = ids.slice(0, 5).toReversed();
    expect(await manager.cleanUp(scope, 3, true)).toEqual({
      keep: 3,
      dry_run: true,
      deleted: old,
      kept: [],
      failed: [],
    });
    expect(await count()).toBe(8);
    expect(await manager.cleanUp(scope, 3)).toMatchObject({ deleted: old });
    expect(await count()).toBe(3);
    await many(replica({ ASSISTANT_KEEP: '2' }), 4);
    expect(await count()).toBe(2);
  });

  test('spares what is current, foreign, chosen by a channel or in use by a run', async () => {
    const manager = replica({ ASSISTANT_KEEP: '100' });
    const settings = mergeSettings({}, { model: 'gpt-6-luna' });
    const own = { purpose: 'default', settings, by: 'tester', current: false };
    const byHand = await registry.create('default', { ...own, origin: 'user' });
    const foreign = await manager.create(scope, { metadata: { created_by: 'somebody' } });
    const ids = await many(manager, 5);
    const [current, chosen, used] = ids as [string, string, string];
    await registry.makeCurrent('default', current);
    await new ChannelAssistants(redis).set({ tenant: 'default', channel: 'c' }, { assistant_id: chosen });
    const shard = redis.keys.all()[0]!;
    await redis.client.zadd(shard.lease, 1, 'chk');
    await redis.client.rpush(shard.inbox('chk'), 'run-1', 'run-2');
    await redis.client.hset(shard.run('run-1'), 'assistant', used);
    const report = await manager.cleanUp(scope, 1);
    expect(report.deleted).toEqual([ids[3]]);
    expect(report.kept).toEqual([
      { id: used, reason: 'in_use' },
      { id: chosen, reason: 'chosen' },
      { id: current, reason: 'current' },
    ]);
    for (const id of [byHand.id, foreign.assistant.id, current, chosen, used, ids[4]!])
      expect(await registry.get('default', id)).toMatchObject({ id });
    await redis.client.del(shard.lease, shard.inbox('chk'), shard.run('run-1'));
  });

  test('takes copies that it made of a foreign assistant for its own', async () => {
    const manager = replica({ ASSISTANT_KEEP: '100' });
    const foreign = await manager.create(scope, { metadata: { created_by: 'somebody' } });
    expect(foreign.assistant.made_by_us).toBe(false);
    const copies = [
      (await manager.refresh(scope)).assistant,
      (await manager.refresh(scope, { name: 'Other' })).assistant,
      (await manager.refresh(scope)).assistant,
    ];
    expect(copies.map(({ made_by_us }) => made_by_us)).toEqual([true, true, true]);
    expect(copies[2]!.metadata).toMatchObject({ created_by: 'somebody' });
    const { deleted } = await manager.cleanUp(scope, 1);
    expect(deleted).toEqual([copies[1]!.id, copies[0]!.id]);
    expect(await registry.get('default', foreign.assistant.id)).toMatchObject({ current: false });
  });

  test('goes on past one that cannot be deleted, and reports it', async () => {
    const ids = await many(replica({ ASSISTANT_KEEP: '100' }), 4);
    class Stumbling extends AssistantCleanUp {
      protected override remove(tenant: string, id: string, dryRun: boolean) {
        if (id === ids[1]) throw new ParleyError('state_unavailable', 'unable to delete');
        return super.remove(tenant, id, dryRun);
      }
    }
    const report = await new Stumbling(redis, registry).run('default', 1);
    expect(report).toMatchObject({
      deleted: [ids[2], ids[0]],
      failed: [{ id: ids[1], code: 'state_unavailable' }],
    });
  });
});
