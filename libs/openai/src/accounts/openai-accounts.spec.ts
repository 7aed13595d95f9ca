// Files and vector stores of several accounts against the emulator: who is asked as whom, what is repeated, and under which name it fails.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startEmulator, type RunningEmulator } from '../../../../apps/openai-emulator/src/index.js';
import { OpenaiAccounts, type AccountProfile } from './openai-accounts.js';
import { readProfiles } from './read-profiles.js';

let emulator: RunningEmulator;
let accounts: OpenaiAccounts;
let base: AccountProfile;

beforeAll(async () => {
  emulator = await startEmulator();
  base = {
    name: 'default',
    apiKey: 'sk-default',
    organization: 'org-default',
    project: 'proj-default',
    baseURL: `${emulator.url}/v1`,
    vectorStore: 'vs_default',
  };
  const acme = JSON.stringify({ acme: { api_key: 'sk-acme', organization: 'org-acme' } });
  accounts = new OpenaiAccounts([base, ...readProfiles(acme, base)], 3);
});
beforeEach(() => {
  emulator.control.clearRules();
  emulator.control.clearJournal();
});
afterAll(async () => {
  await accounts.close();
  await emulator.close();
});

const text = (content: string) =>
  async function* () {
    yield Buffer.from(content);
  };
const file = (content = '{"a":1}', name = 'a.vcon.json') => ({
  name,
  type: 'application/json',
  purpose: 'assistants' as const,
  body: text(content),
});
const asked = (path: RegExp) => emulator.control.journal().filter((entry) => path.test(entry.path));

describe('an account', () => {
  test('is its profile, but for what the call says; where the provider is no call can say', () => {
    expect(accounts.of()).toMatchObject({
      profile: 'default',
      organization: 'org-default',
      vectorStore: 'vs_default',
    });
    expect(accounts.of({ profile: 'acme' })).toMatchObject({
      profile: 'acme',
      organization: 'org-acme',
      project: '',
      vectorStore: undefined,
      ownKey: false,
    });
    const own = accounts.of({ profile: 'acme', api_key: 'sk-own', project_key: 'proj-own' });
    expect(own).toMatchObject({ organization: 'org-acme', project: 'proj-own', ownKey: true });
    expect(accounts.of({ profile: 'acme', api_key: 'sk-own', project_key: 'proj-own' })).toBe(own);
  });

  test('must be configured', () => {
    expect(() => accounts.of({ profile: 'nobody' })).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
    const none = new OpenaiAccounts([{ ...base, apiKey: '' }], 0);
    expect(() => none.of()).toThrow(expect.objectContaining({ code: 'upstream_account' }));
    expect(none.configured()).toEqual([]);
    expect(() => readProfiles('{"a":{"base_url":"file:///x"}}', base)).toThrow('http(s) URL');
    expect(() => readProfiles('{"a":{"apikey":"sk-secret"}}', base)).toThrow(
      /^(?!.*sk-secret).*may have the texts/,
    );
    expect(() => readProfiles('{"../a":{}}', base)).toThrow('a name must be');
  });

  test('is never taken for another, however many are asked at once', async () => {
    const who = [{}, { profile: 'acme' }, { api_key: 'sk-own', organization_key: 'org-own' }];
    await Promise.all(
      Array.from({ length: 48 }, (_, i) =>
        accounts.of(who[i % 3]!).files.upload(file('{}', `${i % 3}-${i}.json`)),
      ),
    );
    const digest = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 12);
    const seen = asked(/\/files$/).map(({ key, headers }) => `${key} ${headers['openai-organization']}`);
    expect(new Set(seen)).toEqual(
      new Set([
        `${digest('sk-default')} org-default`,
        `${digest('sk-acme')} org-acme`,
        `${digest('sk-own')} org-own`,
      ]),
    );
    expect(seen).toHaveLength(48);
  });
});

describe('a file', () => {
  test('goes up, is seen, and goes', async () => {
    const { files } = accounts.of();
    const steps: number[] = [];
    const { file: made, repeated } = await files.upload({
      ...file('{"b":2}', 'b.vcon.json'),
      expires_after_seconds: 3_600,
      progress: (bytes) => steps.push(bytes),
    });
    expect(made).toMatchObject({ filename: 'b.vcon.json', purpose: 'assistants', bytes: 7 });
    expect(made.expires_at! - made.created_at).toBe(3_600);
    expect([repeated, steps]).toEqual([false, [0, 7]]);
    const names: string[] = [];
    for await (const { id } of files.list('assistants')) names.push(id);
    expect(names[0]).toBe(made.id);
    expect(await files.get(made.id)).toMatchObject({ id: made.id });
    expect(await files.delete(made.id)).toEqual({ outcome: 'deleted', answer: '200' });
    expect(await files.delete(made.id)).toEqual({ outcome: 'absent', answer: '404' });
    expect(await files.get(made.id)).toBeUndefined();
  });

  test('is sent again after a failure that passes, and not after one that stays', async () => {
    const { files } = accounts.of();
    emulator.control.addRule({ match: { path: '/v1/files' }, directive: 'fail 500', times: 2 });
    expect(await files.upload(file())).toMatchObject({ repeated: true });
    expect(asked(/\/files$/)).toHaveLength(3);
    emulator.control.clearJournal();
    emulator.control.addRule({ match: { path: '/v1/files' }, directive: 'fail 401' });
    await expect(files.upload(file())).rejects.toMatchObject({ code: 'upstream_authentication' });
    expect(asked(/\/files$/)).toHaveLength(1);
  }, 20_000);

  test('waits as long as the provider asks; where that is too long the caller hears when', async () => {
    const { files } = accounts.of();
    emulator.control.addRule({ match: { path: '/v1/files' }, directive: 'fail 429 retry-after=1', times: 1 });
    const before = performance.now();
    await files.upload(file());
    expect(performance.now() - before).toBeGreaterThanOrEqual(990);
    emulator.control.addRule({ match: { path: '/v1/files' }, directive: 'fail 429 retry-after=90' });
    await expect(files.upload(file())).rejects.toMatchObject({
      code: 'upstream_rate_limited',
      retryAfterMs: 90_000,
    });
  }, 20_000);

  test('is refused by an account that cannot be reached, as an upload', async () => {
    const nowhere = new OpenaiAccounts([{ ...base, baseURL: 'http://127.0.0.1:9/v1' }], 0);
    await expect(nowhere.of().files.upload(file())).rejects.toMatchObject({ code: 'upload_failed' });
    await nowhere.close();
  });
});

describe('a vector store', () => {
  test('takes files one by one and many at once, and finds what they say', async () => {
    const { files, vectorStores } = accounts.of();
    const store = await vectorStores.create({
      name: 'calls',
      expires_after: { anchor: 'last_active_at', days: 7 },
    });
    const one = (await files.upload(file('the quick brown fox', 'fox.txt'))).file;
    await vectorStores.attach(store.id, { file_id: one.id, attributes: { uuid: 'u1' } });
    const seen = await vectorStores.settled(() => vectorStores.file(store.id, one.id));
    expect(seen).toMatchObject({ status: 'completed', attributes: { uuid: 'u1' } });
    const more = await Promise.all([1, 2].map((n) => files.upload(file(`number ${n} dog`, `${n}.txt`))));
    const batch = await vectorStores.attachAll(
      store.id,
      more.map(({ file: { id } }) => ({ file_id: id })),
    );
    const done = await vectorStores.settled(() => vectorStores.batch(store.id, batch.id));
    expect(done!.file_counts).toMatchObject({ completed: 2, failed: 0 });
    const [hit] = await vectorStores.search(store.id, { query: 'brown fox', max_num_results: 5 });
    expect(hit).toMatchObject({ file_id: one.id, filename: 'fox.txt', attributes: { uuid: 'u1' } });
    expect(await vectorStores.content(store.id, one.id)).toContain('quick brown');
    expect(await vectorStores.detach(store.id, one.id)).toMatchObject({ outcome: 'deleted' });
    expect(await vectorStores.file(store.id, one.id)).toBeUndefined();
    const left: string[] = [];
    for await (const { id } of vectorStores.files(store.id)) left.push(id);
    expect(left).toHaveLength(2);
    expect(await vectorStores.delete(store.id)).toMatchObject({ outcome: 'deleted' });
    expect(await vectorStores.get(store.id)).toBeUndefined();
    expect(await files.get(one.id)).toBeDefined();
  }, 20_000);

  test('that the account may not use fails as such, not as a wrong key', async () => {
    emulator.control.addRule({ match: { path: '/v1/vector_stores' }, directive: 'fail 403' });
    await expect(accounts.of().vectorStores.create({})).rejects.toMatchObject({
      code: 'vector_store_failed',
    });
  });
});
