// Vector stores as the SDK speaks them: what is found, how indexing goes, what expires, and what is refused.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { OpenAI, toFile } from 'openai';

import { startEmulator, type RunningEmulator } from '../index.js';

const DAY_MS = 86_400_000;
let emulator: RunningEmulator;
let openai: OpenAI;

beforeEach(async () => {
  emulator = await startEmulator();
  openai = new OpenAI({ apiKey: 'sk-test', baseURL: `${emulator.url}/v1`, maxRetries: 0 });
});
afterEach(() => emulator.close());

async function upload(text: string, name = 'a.txt'): Promise<string> {
  const file = await toFile(Buffer.from(text), name);
  return (await openai.files.create({ file, purpose: 'assistants' })).id;
}

/** A store with these texts, indexed. */
async function storeOf(...texts: string[]) {
  const file_ids = await Promise.all(texts.map((text) => upload(text)));
  const { id } = await openai.vectorStores.create({ file_ids });
  return { id, file_ids };
}

describe('a vector store', () => {
  test('is made, changed, listed by pages and deleted; its files stay', async () => {
    const file_ids = [await upload('one')];
    const made = await openai.vectorStores.create({ name: 'first', file_ids, metadata: { a: 'b' } });
    expect(made).toMatchObject({ name: 'first', status: 'in_progress', file_counts: { total: 1 } });
    const second = await openai.vectorStores.create({ expires_after: { anchor: 'last_active_at', days: 7 } });
    expect(second.expires_at).toBe(second.last_active_at! + 7 * 86_400);
    expect(await openai.vectorStores.update(second.id, { name: 'x', expires_after: null })).toMatchObject({
      name: 'x',
      expires_at: null,
    });
    const ids: string[] = [];
    for await (const store of openai.vectorStores.list({ limit: 1 })) ids.push(store.id);
    expect(ids).toEqual([second.id, made.id]);
    expect((await openai.vectorStores.list({ before: made.id })).data).toMatchObject([{ id: second.id }]);
    expect(await openai.vectorStores.retrieve(made.id)).toMatchObject({
      status: 'completed',
      usage_bytes: 3,
    });
    await openai.vectorStores.delete(made.id);
    await expect(openai.vectorStores.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
    expect((await openai.files.retrieve(file_ids[0]!)).id).toBe(file_ids[0]);
  });

  test('expires by the clock unless it is used; the file objects go, the files do not', async () => {
    const { id, file_ids } = await storeOf('a penguin');
    await openai.vectorStores.update(id, { expires_after: { anchor: 'last_active_at', days: 2 } });
    emulator.control.advanceClock(DAY_MS);
    await openai.vectorStores.search(id, { query: 'penguin' });
    emulator.control.advanceClock(DAY_MS * 1.5);
    expect((await openai.vectorStores.retrieve(id)).status).toBe('completed');
    emulator.control.advanceClock(DAY_MS);
    expect(await openai.vectorStores.retrieve(id)).toMatchObject({
      status: 'expired',
      file_counts: { total: 0 },
    });
    expect((await openai.vectorStores.files.list(id)).data).toEqual([]);
    await expect(openai.vectorStores.search(id, { query: 'penguin' })).rejects.toMatchObject({ status: 400 });
    await expect(openai.vectorStores.files.create(id, { file_id: file_ids[0]! })).rejects.toMatchObject({
      status: 400,
    });
    expect((await openai.files.retrieve(file_ids[0]!)).id).toBe(file_ids[0]);
  });

  test('and its files are of their project, where projects are kept apart', async () => {
    emulator.control.setDefaults({ separate_projects: true });
    const { id, file_ids } = await storeOf('a penguin');
    const foreign = openai.withOptions({ project: 'proj_other' });
    expect((await foreign.files.list()).data).toEqual([]);
    expect((await foreign.vectorStores.list()).data).toEqual([]);
    const asked = [
      () => foreign.files.retrieve(file_ids[0]!),
      () => foreign.files.delete(file_ids[0]!),
      () => foreign.vectorStores.retrieve(id),
      () => foreign.vectorStores.delete(id),
      () => foreign.vectorStores.search(id, { query: 'penguin' }),
      () => foreign.vectorStores.create({ file_ids }),
      () =>
        foreign.responses.create({
          model: 'gpt-6-luna',
          input: 'penguin',
          tools: [{ type: 'file_search', vector_store_ids: [id] }],
        }),
    ];
    for (const ask of asked) await expect(ask()).rejects.toMatchObject({ status: 404 });
    expect((await openai.vectorStores.search(id, { query: 'penguin' })).data.length).toBe(1);
  });

  test('loses a file that is deleted, in every store', async () => {
    const first = await storeOf('shared words');
    const second = await openai.vectorStores.create({ file_ids: first.file_ids });
    await openai.files.delete(first.file_ids[0]!);
    for (const id of [first.id, second.id])
      expect((await openai.vectorStores.search(id, { query: 'words' })).data).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['501 files', { file_ids: Array(501).fill('file-x') }, 'file_ids'],
    ['a file that is none', { file_ids: ['file-none'] }, 'id'],
    ['days out of range', { expires_after: { anchor: 'last_active_at', days: 366 } }, 'expires_after.days'],
    ['another anchor', { expires_after: { anchor: 'created_at', days: 1 } }, 'expires_after.anchor'],
    ['an unknown field', { files: [] }, 'files'],
    ['long metadata', { metadata: { a: 'x'.repeat(513) } }, 'metadata.a'],
  ])('with %s is refused', async (_, body, param) => {
    await expect(openai.vectorStores.create(body)).rejects.toMatchObject({ param });
  });
});

describe('a file in a store', () => {
  test('is in progress as often as asked, then found, read back and detached', async () => {
    emulator.control.setDefaults({ index_looks: 2 });
    const { id } = await openai.vectorStores.create({});
    const file_id = await upload('The penguin ate the invoice.');
    const attached = await openai.vectorStores.files.create(id, { file_id, attributes: { year: 2026 } });
    expect(attached).toMatchObject({ id: file_id, status: 'in_progress', attributes: { year: 2026 } });
    const seen: string[] = [];
    for (let i = 0; i < 3; i++)
      seen.push((await openai.vectorStores.files.retrieve(file_id, { vector_store_id: id })).status);
    expect(seen).toEqual(['in_progress', 'in_progress', 'completed']);
    const content = await openai.vectorStores.files.content(file_id, { vector_store_id: id });
    expect(content.data).toEqual([{ type: 'text', text: 'The penguin ate the invoice.' }]);
    await openai.vectorStores.files.update(file_id, { vector_store_id: id, attributes: { year: 2027 } });
    expect((await openai.vectorStores.search(id, { query: 'invoices' })).data).toMatchObject([
      { file_id, filename: 'a.txt', attributes: { year: 2027 } },
    ]);
    await openai.vectorStores.files.delete(file_id, { vector_store_id: id });
    await expect(openai.vectorStores.files.retrieve(file_id, { vector_store_id: id })).rejects.toMatchObject({
      status: 404,
    });
    expect((await openai.files.retrieve(file_id)).id).toBe(file_id);
  });

  test.each([
    ['by its kind', 'x.csv', 'a,b', {}, 'unsupported_file', 'The file type is not supported.'],
    [
      'by its emptiness',
      'x.txt',
      ' \n',
      {},
      'invalid_file',
      'The file could not be parsed because it is empty.',
    ],
    [
      'by its size',
      'x.txt',
      'one two three four',
      { index_max_tokens: 3 },
      'invalid_file',
      'The file could not be parsed because it is too large.',
    ],
    [
      'by its words',
      'x.json',
      '{"subject":"[[index fail server_error No luck]]"}',
      {},
      'server_error',
      'No luck',
    ],
  ])('fails %s', async (_, name, text, defaults, code, message) => {
    emulator.control.setDefaults(defaults);
    const { id } = await openai.vectorStores.create({});
    const file_id = await upload(text, name);
    expect(await openai.vectorStores.files.createAndPoll(id, { file_id })).toMatchObject({
      status: 'failed',
      last_error: { code, message },
    });
    expect((await openai.vectorStores.search(id, { query: 'one' })).data).toEqual([]);
  });

  test('fails by a rule as often as it says, takes its time by the clock, or never ends', async () => {
    const { id } = await openai.vectorStores.create({});
    const file_id = await upload('words');
    const match = { path: `/v1/vector_stores/${id}/files`, method: 'POST' };
    const status = async () =>
      (await openai.vectorStores.files.retrieve(file_id, { vector_store_id: id })).status;
    const attach = () => openai.vectorStores.files.create(id, { file_id });
    emulator.control.addRule({ match, directive: 'index fail invalid_file', times: 1 });
    await attach();
    expect(await status()).toBe('failed');
    emulator.control.addRule({ match, directive: 'index ms 60000', times: 1 });
    await attach();
    expect(await status()).toBe('in_progress');
    emulator.control.advanceClock(60_000);
    expect(await status()).toBe('completed');
    emulator.control.addRule({ match, directive: 'index stuck', times: 1 });
    await attach();
    emulator.control.advanceClock(DAY_MS);
    for (let i = 0; i < 5; i++) expect(await status()).toBe('in_progress');
    expect((await openai.vectorStores.files.list(id, { filter: 'in_progress' })).data.length).toBe(1);
    expect((await openai.vectorStores.files.list(id, { filter: 'completed' })).data).toEqual([]);
  });

  test.each<[string, object, string]>([
    [
      '17 attributes',
      { attributes: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [i, 1])) },
      'attributes',
    ],
    ['a long attribute', { attributes: { a: 'x'.repeat(513) } }, 'attributes.a'],
    ['an attribute that is a list', { attributes: { a: [] } }, 'attributes.a'],
    [
      'too much overlap',
      {
        chunking_strategy: {
          type: 'static',
          static: { max_chunk_size_tokens: 100, chunk_overlap_tokens: 51 },
        },
      },
      'chunking_strategy.static.chunk_overlap_tokens',
    ],
    ['an unknown file', { file_id: 'file-none' }, 'id'],
  ])('with %s is refused', async (_, change, param) => {
    const { id } = await openai.vectorStores.create({});
    const file_id = await upload('words');
    await expect(openai.vectorStores.files.create(id, { file_id, ...change })).rejects.toMatchObject({
      param,
    });
  });
});

describe('a batch of files', () => {
  test('takes attributes for each, counts what failed, and lists by status', async () => {
    const { id } = await openai.vectorStores.create({});
    const good = await upload('good');
    const bad = await upload('[[index fail unsupported_file]]');
    const batch = await openai.vectorStores.fileBatches.createAndPoll(id, {
      files: [{ file_id: good, attributes: { n: 1 } }, { file_id: bad }],
    });
    expect(batch).toMatchObject({
      object: 'vector_store.files_batch',
      status: 'completed',
      file_counts: { completed: 1, failed: 1, total: 2 },
    });
    const params = { vector_store_id: id };
    const failed = await openai.vectorStores.fileBatches.listFiles(batch.id, { ...params, filter: 'failed' });
    expect(failed.data).toMatchObject([{ id: bad, last_error: { code: 'unsupported_file' } }]);
    await expect(openai.vectorStores.fileBatches.retrieve(id, params)).rejects.toMatchObject({ status: 400 });
  });

  test('is cancelled while it runs', async () => {
    emulator.control.setDefaults({ index_looks: 100 });
    const { id } = await openai.vectorStores.create({});
    const file_ids = [await upload('a'), await upload('b')];
    const batch = await openai.vectorStores.fileBatches.create(id, { file_ids });
    expect(batch.status).toBe('in_progress');
    expect(await openai.vectorStores.fileBatches.cancel(batch.id, { vector_store_id: id })).toMatchObject({
      status: 'cancelled',
      file_counts: { cancelled: 2 },
    });
  });

  test('has one to 2,000 files, by ids or by entries', async () => {
    const { id } = await openai.vectorStores.create({});
    const file_id = await upload('a');
    for (const body of [
      { file_ids: Array(2_001).fill(file_id) },
      { file_ids: [] },
      { file_ids: [file_id], files: [{ file_id }] },
      { files: [{ file_id: 'file-none' }] },
      {},
    ])
      await expect(openai.vectorStores.fileBatches.create(id, body)).rejects.toThrow();
  });
});

describe('a search', () => {
  test('ranks by rare words, quotes the chunk, and keeps to limit and threshold', async () => {
    const { id, file_ids } = await storeOf(
      'Alice called about the invoice. The invoice was paid.',
      'Bob called about the broken furnace in the invoice office.',
      'Nothing of interest.',
    );
    const { data } = await openai.vectorStores.search(id, { query: 'Who called about a broken furnace?' });
    expect(data.map((hit) => hit.file_id)).toEqual([file_ids[1], file_ids[0]]);
    expect(data[0]!.score).toBeGreaterThan(data[1]!.score);
    expect(data[0]!.content).toEqual([{ type: 'text', text: expect.stringContaining('furnace') }]);
    const few = await openai.vectorStores.search(id, { query: 'broken furnace invoice', max_num_results: 1 });
    expect(few.data.length).toBe(1);
    const strict = await openai.vectorStores.search(id, {
      query: 'broken furnace',
      ranking_options: { score_threshold: 0.99 },
    });
    expect(strict.data).toEqual([]);
    expect((await openai.vectorStores.search(id, { query: ['zebra', 'furnaces'] })).data.length).toBe(1);
  });

  test('finds the chunk of a long file', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => `Row ${i} speaks of subject${i}x.`);
    const { id } = await openai.vectorStores.create({});
    await openai.vectorStores.files.createAndPoll(id, {
      file_id: await upload(rows.join('\n')),
      chunking_strategy: { type: 'static', static: { max_chunk_size_tokens: 100, chunk_overlap_tokens: 0 } },
    });
    const { data } = await openai.vectorStores.search(id, { query: 'subject250x' });
    expect(data.length).toBe(1);
    expect(data[0]!.content[0]!.text).toContain('Row 250 ');
    expect(data[0]!.content[0]!.text.length).toBeLessThan(1_000);
  });

  const eq = (key: string, value: string | number | boolean, type = 'eq') => ({ type, key, value }) as never;
  test.each<[string, object, string[]]>([
    ['eq', eq('kind', 'call'), ['a', 'b']],
    ['ne', eq('kind', 'call', 'ne'), ['c']],
    ['gt', eq('year', 2025, 'gt'), ['b']],
    ['lte', eq('year', 2025, 'lte'), ['a']],
    ['in', { type: 'in', key: 'kind', value: ['chat', 'mail'] }, ['c']],
    ['nin', { type: 'nin', key: 'year', value: [2025] }, ['b', 'c']],
    ['and', { type: 'and', filters: [eq('kind', 'call'), eq('paid', true)] }, ['a']],
    [
      'or',
      { type: 'or', filters: [eq('kind', 'chat'), { type: 'and', filters: [eq('year', 2026)] }] },
      ['b', 'c'],
    ],
  ])('filters by %s', async (_, filters, names) => {
    const { id } = await openai.vectorStores.create({});
    const files = {
      a: { kind: 'call', year: 2025, paid: true },
      b: { kind: 'call', year: 2026 },
      c: { kind: 'chat' },
    };
    const entries = await Promise.all(
      Object.entries(files).map(async ([name, attributes]) => ({
        file_id: await upload('word', `${name}.txt`),
        attributes,
      })),
    );
    await openai.vectorStores.fileBatches.createAndPoll(id, { files: entries });
    const { data } = await openai.vectorStores.search(id, { query: 'word', filters: filters as never });
    expect(data.map(({ filename }) => filename.slice(0, 1)).sort()).toEqual(names);
  });

  test.each<[string, object, string]>([
    ['no query', {}, 'query'],
    ['an empty query', { query: '' }, 'query'],
    ['51 results', { query: 'a', max_num_results: 51 }, 'max_num_results'],
    ['a strange filter', { query: 'a', filters: { type: 'like', key: 'a', value: 'b' } }, 'filters.type'],
    ['a strange ranker', { query: 'a', ranking_options: { ranker: 'best' } }, 'ranking_options.ranker'],
  ])('with %s is refused', async (_, body, param) => {
    const { id } = await openai.vectorStores.create({});
    await expect(openai.vectorStores.search(id, body as never)).rejects.toMatchObject({ status: 400, param });
  });
});
