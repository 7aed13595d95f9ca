import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '#contracts';
import type { StateRedis } from '#redis';
import { AssistantRegistry, type NewAssistant } from './assistant-registry.js';
import { ChannelAssistants } from './channel-assistants.js';
import { mergeSettings, type AssistantConfig } from './settings/assistant-settings.js';
import { canaryOf, clearTestRedis, closeTestRedis, openTestRedis, sourceOf } from './testing.js';

const T = 'default';
const change = { by: 'tester', why: 'test' };
let redis: StateRedis;
let registry: AssistantRegistry;
beforeAll(async () => {
  redis = await openTestRedis();
  registry = new AssistantRegistry(redis);
});
beforeEach(() => clearTestRedis(redis));
afterAll(() => closeTestRedis(redis));

const make = (config: AssistantConfig = {}, more: Partial<NewAssistant> = {}, tenant = T) =>
  registry.create(tenant, {
    purpose: 'default',
    settings: mergeSettings({}, { model: 'gpt-6-luna', ...config }),
    origin: 'manager',
    by: 'tester',
    current: true,
    ...more,
  });

describe('assistants', () => {
  test('look like OpenAI’s, and the documented key names the current one for good', async () => {
    const made = await make({ name: 'A', tools: [{ type: 'code_interpreter' }] });
    expect(made).toMatchObject({
      id: expect.stringMatching(/^asst_[0-9a-f]{32}$/),
      object: 'assistant',
      name: 'A',
      tools: [{ type: 'code_interpreter' }],
      tool_resources: {},
      metadata: {},
      response_format: 'auto',
      version: 1,
      current: true,
      made_by_us: true,
    });
    expect(Math.abs(made.created_at - Date.now() / 1_000)).toBeLessThan(60);
    expect(await redis.client.get(redis.keys.assistantId)).toBe(made.id);
    expect(await redis.client.ttl(redis.keys.assistantId)).toBe(-1);
  });

  test('are current once per tenant and purpose; deleting the current one clears it', async () => {
    const [a, b] = [await make(), await make({}, { purpose: 'invoices' })];
    const other = await make({}, {}, 'other');
    const second = await make({}, { current: false });
    expect((await registry.current(T, 'default'))?.id).toBe(a.id);
    expect((await registry.current(T, 'invoices'))?.id).toBe(b.id);
    expect((await registry.current('other', 'default'))?.id).toBe(other.id);
    await expect(registry.get(T, other.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await registry.makeCurrent(T, second.id)).toMatchObject({ current: true });
    expect(await registry.get(T, a.id)).toMatchObject({ current: false });
    expect(await registry.delete(T, second.id)).toBe(true);
    expect(await registry.delete(T, second.id)).toBe(false);
    expect(await registry.current(T, 'default')).toBe(undefined);
    expect(await redis.client.exists(redis.keys.assistantId)).toBe(0);
  });

  test('are listed newest first, page by page, more than a hundred', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 150; i++)
      ids.push((await make({}, { purpose: i % 3 === 0 ? 'third' : 'default' })).id);
    const seen: string[] = [];
    for await (const { id } of registry.all(T)) seen.push(id);
    expect(seen).toEqual(ids.toReversed());
    const first = await registry.list(T, { limit: 100 });
    expect(first.items).toHaveLength(100);
    expect((await registry.list(T, { limit: 100, after: first.next! })).items).toHaveLength(50);
    const thirds = await registry.list(T, { limit: 3, order: 'asc', purpose: 'third' });
    expect(thirds.items.map(({ id }) => id)).toEqual([ids[0], ids[3], ids[6]]);
    await expect(registry.list(T, { limit: 1, after: 'x' })).rejects.toMatchObject({
      code: 'invalid_cursor',
    });
  });

  test('every change is a version that stays as it was', async () => {
    const { id } = await make({ name: 'one', metadata: { a: '1' } });
    const two = await registry.update(T, id, { name: 'two', metadata: { b: '2' } }, change);
    expect(two).toMatchObject({ version: 2, name: 'two', metadata: { a: '1', b: '2' } });
    expect(await registry.update(T, id, { name: 'two' }, change)).toMatchObject({ version: 2 });
    expect(await registry.diff(T, id, 1, 2)).toEqual([
      { field: 'name', from: 'one', to: 'two' },
      { field: 'metadata', from: { a: '1' }, to: { a: '1', b: '2' } },
    ]);
    const back = await registry.rollback(T, id, 1, { by: 'tester' });
    expect(back).toMatchObject({ version: 3, name: 'one', metadata: { a: '1' } });
    expect((await registry.versions(T, id)).map(({ version, reason }) => [version, reason])).toEqual([
      [1, 'created'],
      [2, 'test'],
      [3, 'rolled back to version 1'],
    ]);
    await expect(registry.rollback(T, id, 9, { by: 'tester' })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('the newest two hundred versions are kept, and those that a channel chose or that were live today', async () => {
    const { id } = await make();
    const key = `${redis.keys.assistants}${id}:v`;
    const numbers = async () => (await registry.versions(T, id)).map(({ version }) => version);
    for (let n = 2; n <= 230; n++) await registry.update(T, id, { name: String(n) }, change);
    expect(await numbers()).toHaveLength(230);
    await new ChannelAssistants(redis).set({ tenant: T, channel: 'c' }, { assistant_id: id, version: 7 });
    // As if all but the newest ten had been replaced the day before yesterday.
    const old = Math.floor(Date.now() / 1_000) - 2 * 86_400;
    for (let n = 1; n <= 220; n++) await redis.client.hset(key, `${n}:at`, old);
    await registry.update(T, id, { name: 'last' }, change);
    expect(await numbers()).toEqual([7, ...Array.from({ length: 200 }, (_, i) => i + 32)]);
    expect(await registry.rollback(T, id, 7, { by: 'tester' })).toMatchObject({ name: '7', version: 232 });
    await expect(registry.version(T, id, 8)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('two changes of the same version: one wins, the other is told; without a version none is lost', async () => {
    const { id } = await make();
    const both = await Promise.allSettled(
      ['a', 'b'].map((name) => registry.update(T, id, { name }, { ...change, expected: 1 })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((both.find(({ status }) => status === 'rejected') as PromiseRejectedResult).reason).toMatchObject({
      code: 'version_conflict',
      httpStatus: 409,
    });
    await Promise.all(
      ['x', 'y', 'z'].map((key) => registry.update(T, id, { metadata: { [key]: '1' } }, change)),
    );
    expect(await registry.get(T, id)).toMatchObject({ version: 5, metadata: { x: '1', y: '1', z: '1' } });
  });

  test('what somebody changed does not follow the configuration any more', async () => {
    const { id } = await sourceOf(redis).current();
    await registry.update(T, id, { instructions: 'Mine.' }, change);
    expect(await sourceOf(redis, { OPENAI_MODEL: 'gpt-6-astra' }).current()).toMatchObject({
      id,
      version: 2,
      model: 'gpt-6-luna',
      instructions: 'Mine.',
    });
  });

  test('a record of before the registry is entered into it when it is met', async () => {
    const id = newId('asst');
    const settings = JSON.stringify({ name: 'Old', model: 'm', instructions: 'i', tools: ['get_weather'] });
    await redis.client.hset(redis.keys.assistants + id, { version: 3, settings, created: 1_700_000_000 });
    await redis.client.set(redis.keys.assistantId, id);
    expect(await registry.current(T, 'default')).toMatchObject({
      id,
      version: 3,
      name: 'Old',
      origin: 'config',
      tools: [{ type: 'function', function: { name: 'get_weather' } }],
    });
    expect((await registry.list(T, { limit: 10 })).items).toHaveLength(1);
    expect((await registry.versions(T, id)).map(({ version }) => version)).toEqual([3]);
  });
});

describe('a run', () => {
  const asker = (channel: string, run_id = newId('run'), tenant = T) => ({
    ref: { tenant, channel },
    run_id,
  });

  test('keeps its version when the assistant is changed, and even when it is deleted', async () => {
    const source = sourceOf(redis);
    const { id } = await make({ name: 'one' });
    await registry.update(T, id, { name: 'two' }, change);
    expect(await source.resolve(id, 1)).toMatchObject({ id, version: 1, name: 'one' });
    await registry.delete(T, id);
    expect(await source.resolve(id, 1)).toMatchObject({ id, version: 1, name: 'one' });
    const ttl = await redis.client.ttl(`${redis.keys.assistants}${id}:v`);
    expect(ttl).toBeGreaterThan(0);
    const fallback = await source.resolve(id);
    expect(fallback.id).not.toBe(id);
    expect((await source.resolve(newId('asst'), 4)).id).toBe(fallback.id);
  });

  test('gets what its channel chose', async () => {
    const source = sourceOf(redis);
    const channels = new ChannelAssistants(redis);
    const [plain, invoices] = [await make({ name: 'plain' }), await make({}, { purpose: 'invoices' })];
    await registry.update(T, plain.id, { name: 'changed' }, change);
    const ref = { tenant: T, channel: 'c' };
    for (const [choice, expected] of [
      [{ purpose: 'invoices' }, { id: invoices.id, version: 1 }],
      [{ purpose: 'nobody' }, { id: plain.id, version: 2 }],
      [{ assistant_id: plain.id }, { id: plain.id, version: 2 }],
      [
        { assistant_id: plain.id, version: 1 },
        { id: plain.id, version: 1, name: 'plain' },
      ],
    ] as const) {
      await channels.set(ref, choice);
      expect(await channels.get(ref)).toEqual(choice);
      expect(await source.current(asker('c'))).toMatchObject(expected);
      expect(await source.current(asker('d'))).toMatchObject({ id: plain.id });
    }
    for (const choice of [{ assistant_id: newId('asst') }, { assistant_id: plain.id, version: 7 }])
      await expect(channels.set(ref, choice)).rejects.toMatchObject({ code: 'not_found' });
    await channels.set(ref, { assistant_id: invoices.id });
    await registry.delete(T, invoices.id);
    expect(await source.current(asker('c'))).toMatchObject({ id: plain.id });
    expect([await channels.delete(ref), await channels.delete(ref)]).toEqual([true, false]);
    expect(await channels.get(ref)).toBe(undefined);
    expect((await source.current(asker('c', undefined, 'other'))).id).not.toBe(plain.id);
  });

  test('its share goes to a canary, always the same runs, until too many fail', async () => {
    const source = sourceOf(redis);
    const canary = canaryOf(redis);
    const { id } = await make({ name: 'stable' });
    const version = await registry.propose(T, id, { name: 'candidate' }, change);
    expect(await registry.get(T, id)).toMatchObject({ version: 1, name: 'stable' });
    await canary.set(T, id, { version, share: 0.3, min_runs: 4, max_error_share: 0.5 });
    const runs = Array.from({ length: 200 }, (_, i) => `run-${i}`);
    const chosen = await Promise.all(runs.map((run) => source.current(asker('c', run))));
    const trial = runs.filter((_, i) => chosen[i]!.on_trial);
    expect(trial.length).toBeGreaterThan(30);
    expect(trial.length).toBeLessThan(90);
    expect(chosen.every(({ name, on_trial }) => name === (on_trial ? 'candidate' : 'stable'))).toBe(true);
    expect(await source.current(asker('d', trial[0]))).toMatchObject({ version, on_trial: true });
    expect(await source.resolve(id, version)).toMatchObject({ on_trial: true });

    const end = (run_id: string, failed: boolean, of = version) =>
      canary.record({ tenant: T, run_id, assistant_id: id, version: of, failed, model: 'gpt-6-luna' });
    const ends = [];
    for (const [run, failed] of [
      ['a', true],
      ['a', true],
      ['b', true],
      ['c', false],
    ] as const)
      ends.push(await end(run, failed));
    ends.push(await end('x', true, 1));
    expect(ends).toEqual([false, false, false, false, false]);
    expect(await end('d', true)).toBe(true);
    const after = await registry.get(T, id);
    expect(after).toMatchObject({ version: 1, canary_ended: { version, runs: 4, errors: 3 } });
    expect(after.canary).toBe(undefined);
    expect(after.canary_ended!.reason).toBe('3 of 4 runs failed, more than a share of 0.5');
    expect(await source.current(asker('c', trial[0]))).toMatchObject({ version: 1 });
    await expect(
      canary.set(T, id, { version: 9, share: 1, min_runs: 1, max_error_share: 0 }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  describe('a canary that costs too much', () => {
    const MILLION = { input_tokens: 1_000_000, output_tokens: 0, total_tokens: 1_000_000 };
    /** Of the version on trial: one US dollar per million tokens. */
    const model = 'gpt-6.1-terra';
    const end = (id: string, run_id: string, millions: number | undefined, version = 2) =>
      canaryOf(redis).record({
        tenant: T,
        run_id,
        assistant_id: id,
        version,
        failed: millions === undefined,
        model,
        ...(millions !== undefined && { usage: { ...MILLION, input_tokens: millions * 1_000_000 } }),
      });
    const trial = async (bounds: object): Promise<string> => {
      const { id } = await make({ name: 'stable' });
      await registry.propose(T, id, { model }, change);
      const canary = { version: 2, share: 1, min_runs: 3, max_error_share: 0.5, ...bounds };
      await canaryOf(redis).set(T, id, canary);
      expect(await registry.get(T, id)).toMatchObject({ canary });
      return id;
    };

    test('is ended by its mean, of completed runs alone, and not before there are enough', async () => {
      const id = await trial({ max_cost_usd: 2 });
      expect(await end(id, 'a', 9)).toBe(false);
      expect(await end(id, 'a', 9)).toBe(false);
      expect(await end(id, 'f', undefined)).toBe(false);
      expect(await end(id, 'b', 0.5)).toBe(false);
      expect(await end(id, 'c', 0.25)).toBe(true);
      const { canary, canary_ended } = await registry.get(T, id);
      expect(canary).toBe(undefined);
      expect(canary_ended).toMatchObject({ version: 2, runs: 4, errors: 1, mean_cost_usd: 3.25 });
      expect(canary_ended!.reason).toBe('3 runs cost 3.25 USD on average, more than 2');
    });

    test('goes on at the bound', async () => {
      const id = await trial({ max_cost_usd: 2 });
      for (const run of ['a', 'b', 'c', 'd']) expect(await end(id, run, 2)).toBe(false);
      expect((await registry.get(T, id)).canary).toBeDefined();
    });

    test('is compared with the live version, once that has run often enough', async () => {
      const id = await trial({ max_cost_factor: 4 });
      const live = redis.keys.all()[0]!.usage(T, id);
      // 0.1 US dollars per million, two million each.
      await redis.client.hset(live, { '1:completed': 2, '1:input': 4_000_000 });
      for (const run of ['a', 'b', 'c']) expect(await end(id, run, 1)).toBe(false);
      await redis.client.hset(live, { '1:completed': 3, '1:input': 6_000_000 });
      expect(await end(id, 'd', 1)).toBe(true);
      const { reason } = (await registry.get(T, id)).canary_ended!;
      expect(reason).toBe('4 runs cost 1 USD on average, more than 4 times the 0.2 of version 1');
    });

    test('cannot be bounded where no price is known', async () => {
      const { id } = await make({ model: 'llama-local' });
      await registry.propose(T, id, { model }, change);
      const canary = { version: 2, share: 1, min_runs: 1, max_error_share: 1 };
      await canaryOf(redis).set(T, id, { ...canary, max_cost_usd: 1 });
      for (const bounds of [{ max_cost_factor: 2 }, { version: 1, max_cost_usd: 1 }])
        await expect(canaryOf(redis).set(T, id, { ...canary, ...bounds })).rejects.toMatchObject({
          code: 'invalid_request',
        });
      expect(await end(id, 'a', 9)).toBe(true);
    });
  });
});
