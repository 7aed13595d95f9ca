// Answers given to similar requests, on a real Redis against the emulator, whose vectors are near by common words.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { AnswerCache, SimilarAnswers } from '#completions';
import type { CompletionsConfig } from '#config';
import type { RunEnded, RunRequest } from '#contracts';
import { StateRedis } from '#redis';
import { Metrics } from '#telemetry';
import { UsageLedger } from '#usage';
import { Intake } from '../intake/intake.js';
import { ended, lastEnd, TestWorkers, untilSeen, type WorkerOptions } from '../testing.js';

const ON = { cacheSeconds: 60, cacheSimilarity: 0.9 } satisfies Partial<CompletionsConfig>;
const FIRST = 'How do I repair the broken furnace?';
const LIKE = 'please tell me how I can repair a broken furnace';

let workers: TestWorkers;
beforeEach(async () => {
  workers = await TestWorkers.open();
});
afterEach(() => workers.close());

const start = (completions: Partial<CompletionsConfig> = {}, more: WorkerOptions = {}) =>
  workers.start({ ...more, completions: { ...ON, ...completions } });

async function ask(
  app: INestApplicationContext,
  message: string,
  request: RunRequest = {},
  user = 'ada',
): Promise<RunEnded> {
  const message_id = randomBytes(6).toString('hex');
  const channel = `gpt:${message_id}`;
  const command = { tenant: 'default', channel, message_id, message, user, request };
  await app.get(Intake).submit({ ...command, source: 'kafka' });
  return lastEnd(await untilSeen(app, ended(), channel));
}
const asked = (path: string) => workers.emulator.control.journal({ path: `/v1/${path}` });
const cached = async (...of: Parameters<typeof ask>): Promise<boolean> => 'cached' in (await ask(...of));
const rows = async (app: INestApplicationContext) =>
  (await app.get(UsageLedger, { strict: false }).page({ tenant: 'default', limit: 100 })).items;
const count = async (app: INestApplicationContext, outcome: string) =>
  (await app.get(Metrics).cache.get()).values.find(({ labels }) => labels['outcome'] === outcome)?.value;

describe('a similar request', () => {
  test('gets the answer to the first, marked; the embeddings are in the ledger', async () => {
    const app = await start();
    const first = await ask(app, FIRST);
    const second = await ask(app, LIKE);
    expect(second).toMatchObject({ type: 'run.completed', text: `You said: ${FIRST}`, cached: true });
    expect(first).not.toHaveProperty('cached');
    expect(asked('responses')).toHaveLength(1);
    expect(asked('embeddings').map(({ body }) => body)).toMatchObject([
      { model: 'text-embedding-3-small', input: FIRST, dimensions: 512 },
      { input: LIKE },
    ]);
    const spent = (await rows(app)).filter(({ kind }) => kind === 'embedding');
    expect(spent).toHaveLength(2);
    for (const row of spent)
      expect(row).toMatchObject({ user: 'ada', outcome: 'completed', output_tokens: 0, estimated: false });
    expect(spent.every(({ cost_usd, input_tokens }) => cost_usd! > 0 && input_tokens > 0)).toBe(true);
    expect(await count(app, 'similar')).toBe(1);
    // Given once, it is found without another embedding.
    expect(await cached(app, LIKE)).toBe(true);
    expect(asked('embeddings')).toHaveLength(2);
  });

  test('lets the answer live no longer than it would have', async () => {
    const app = await start({ cacheSeconds: 600 });
    await ask(app, FIRST);
    const { client, keys } = app.get(StateRedis);
    const answers = async () => {
      const found = await client.keys(`${keys.prefix}{answers}:*`);
      const kinds = await Promise.all(found.map((key) => client.type(key)));
      return found.filter((_, i) => kinds[i] === 'string');
    };
    const [first] = await answers();
    await client.pexpire(first!, 60_000);
    expect(await cached(app, LIKE)).toBe(true);
    const lives = await Promise.all((await answers()).map((key) => client.pttl(key)));
    expect(lives).toHaveLength(2);
    expect(Math.max(...lives)).toBeLessThanOrEqual(60_000);
    await client.del(await answers());
    expect(await cached(app, LIKE)).toBe(false);
  });

  const other: { what: string; message?: string; request?: RunRequest; user?: string }[] = [
    { what: 'other words', message: 'What does an invoice for a new window cost?' },
    { what: 'another number', message: 'How do I repair the broken furnace 2?' },
    { what: 'another user', user: 'bob' },
    { what: 'another model', request: { model: 'gpt-4.1' } },
    { what: 'another system prompt', request: { system_prompt: 'Be brief.' } },
    { what: 'another bound', request: { max_tokens: 50 } },
    { what: 'another temperature', request: { temperature: 0.1 } },
    { what: 'another context', request: { context: [{ role: 'user', content: 'It is electric.' }] } },
    { what: 'another form', request: { format: { type: 'json_object' } } },
    { what: 'the wish for a fresh answer', request: { no_cache: true } },
  ];
  test.each(other)('is none with $what', async ({ message = LIKE, request, user }) => {
    const app = await start();
    await ask(app, FIRST);
    expect(await cached(app, message, request, user)).toBe(false);
    expect(asked('responses')).toHaveLength(2);
  });

  test("may be another user's where the installation says so, and then also erased with that one", async () => {
    const app = await start({ cacheScope: 'tenant' });
    await ask(app, FIRST);
    expect(await cached(app, LIKE, {}, 'bob')).toBe(true);
    const redis = app.get(StateRedis);
    const vectors = async () => {
      const found = await redis.client.keys(`${redis.keys.prefix}{answers}:*:near`);
      const kinds = await Promise.all(found.map((key) => redis.client.type(key)));
      return kinds.filter((kind) => kind === 'hash').length;
    };
    expect(await vectors()).toBe(1);
    expect(await app.get(SimilarAnswers, { strict: false }).eraseUser('default', 'ada')).toBe(1);
    expect(await app.get(AnswerCache, { strict: false }).eraseUser('default', 'ada')).toBe(1);
    expect(await vectors()).toBe(0);
    expect((await redis.client.keys(`${redis.keys.prefix}{answers}:*`)).length).toBe(0);
    expect(await cached(app, `${LIKE} now`, {}, 'carl')).toBe(false);
  });

  test('is not looked for where it is not wished: by default', async () => {
    const app = await start({ cacheSimilarity: 0 });
    await ask(app, FIRST);
    expect(await cached(app, LIKE)).toBe(false);
    expect(asked('embeddings')).toEqual([]);
  });
});

test('nothing of the prompt is kept, and of vectors no more than so many', async () => {
  const app = await start({ cacheSimilarEntries: 3 });
  for (const thing of ['furnace', 'window', 'roof', 'door', 'cellar']) await ask(app, `Repair the ${thing}!`);
  const redis = app.get(StateRedis);
  const [vectors] = await redis.client
    .keys(`${redis.keys.prefix}{answers}:?????*:near`)
    .then((keys) =>
      Promise.all(keys.map(async (key) => ({ key, type: await redis.client.type(key) }))).then((all) =>
        all.filter(({ type }) => type === 'hash').map(({ key }) => key),
      ),
    );
  expect(await redis.client.hlen(vectors!)).toBe(3);
  const bytes = Object.values(await redis.client.hgetallBuffer(vectors!));
  expect(bytes.map(({ length }) => length)).toEqual([2_048, 2_048, 2_048]);
  expect(await redis.client.ttl(vectors!)).toBeGreaterThan(0);
  expect(await cached(app, 'Please repair the furnace')).toBe(false);
  expect(await cached(app, 'Please repair the cellar')).toBe(true);
});

describe('no harm is done', () => {
  test('by a provider without embeddings: it is left alone for a while', async () => {
    const app = await start({ cacheEmbeddingModel: 'text-embedding-none' });
    for (const message of [FIRST, LIKE, 'and now?'])
      expect(await ask(app, message)).toMatchObject({ type: 'run.completed', text: `You said: ${message}` });
    expect(asked('embeddings')).toHaveLength(1);
    expect(await cached(app, FIRST)).toBe(true);
    expect((await rows(app)).filter(({ kind }) => kind === 'embedding')).toMatchObject([
      { outcome: 'failed', cost_usd: 0 },
    ]);
  });

  test('by limits: an embedding takes no start', async () => {
    const app = await start({}, { limits: { requestsPerMinute: 2 } });
    await ask(app, FIRST);
    expect(await cached(app, LIKE)).toBe(true);
    await ask(app, 'an invoice for a window');
    expect(asked('responses')).toHaveLength(2);
  });

  test('to limits: nothing is embedded where nothing is left', async () => {
    const app = await start({}, { limits: { dailyTokens: 1 } });
    expect(await ask(app, FIRST)).toMatchObject({ type: 'run.failed', code: 'token_limit_reached' });
    expect(asked('embeddings')).toEqual([]);
  });

  test('to privacy: what is hidden from the provider is not compared', async () => {
    const app = await start({}, { privacy: { mode: 'placeholder' } });
    await ask(app, 'Write to ada@example.com about the furnace');
    expect(await ask(app, 'Write to eve@example.com about the furnace')).toMatchObject({
      text: 'You said: Write to eve@example.com about the furnace',
    });
    expect(asked('embeddings')).toEqual([]);
  });
});
