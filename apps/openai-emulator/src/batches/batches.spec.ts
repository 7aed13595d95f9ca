// Files and batches as the SDK speaks them: what can be downloaded, how a batch ends, and what becomes of its lines.

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { OpenAI, toFile, toStreamingFile } from 'openai';

import { startEmulator, type RunningEmulator } from '../index.js';

const model = 'gpt-4o-mini';
let emulator: RunningEmulator;
let openai: OpenAI;

beforeEach(async () => {
  emulator = await startEmulator();
  openai = new OpenAI({ apiKey: 'sk-test', baseURL: `${emulator.url}/v1`, maxRetries: 0 });
});
afterEach(() => emulator.close());

interface Row {
  custom_id: string;
  response: { status_code: number; body: Record<string, unknown> } | null;
  error: { code: string } | null;
}

const line = (custom_id: string, input: string, change: Record<string, unknown> = {}): string =>
  JSON.stringify({ custom_id, method: 'POST', url: '/v1/responses', body: { model, input }, ...change });

async function begin(
  lines: readonly string[],
  endpoint: '/v1/responses' | '/v1/chat/completions' = '/v1/responses',
) {
  const file = await openai.files.create({
    file: await toFile(Buffer.from(lines.join('\n')), 'in.jsonl'),
    purpose: 'batch',
  });
  return openai.batches.create({ input_file_id: file.id, endpoint, completion_window: '24h' });
}

async function ended(id: string) {
  for (;;) {
    const batch = await openai.batches.retrieve(id);
    if (['completed', 'failed', 'expired', 'cancelled'].includes(batch.status)) return batch;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function rows(id: string | undefined): Promise<Row[]> {
  const text = await (await openai.files.content(id!)).text();
  return text
    .trim()
    .split('\n')
    .map((row) => JSON.parse(row) as Row);
}

describe('files', () => {
  test('are uploaded, listed by pages and purpose, and deleted', async () => {
    const made: string[] = [];
    for (const name of ['a.json', 'b.json', 'c.json'])
      made.push(
        (await openai.files.create({ file: await toFile(Buffer.from('{}'), name), purpose: 'user_data' })).id,
      );
    await begin([line('1', 'Hi')]);
    const page = await openai.files.list({ purpose: 'user_data', limit: 2, order: 'asc' });
    expect([page.data.map(({ filename }) => filename), page.hasNextPage()]).toEqual([
      ['a.json', 'b.json'],
      true,
    ]);
    expect((await page.getNextPage()).data.map(({ id }) => id)).toEqual([made[2]]);
    expect(await openai.files.delete(made[0]!)).toEqual({ id: made[0], object: 'file', deleted: true });
    await expect(openai.files.retrieve(made[0]!)).rejects.toMatchObject({ status: 404 });
  });

  test.each(['assistants', 'user_data', 'vision'] as const)(
    'of purpose %s are not given back',
    async (purpose) => {
      const { id } = await openai.files.create({
        file: await toFile(Buffer.from('secret'), 'x.txt'),
        purpose,
      });
      await expect(openai.files.content(id)).rejects.toMatchObject({
        status: 400,
        message: expect.stringContaining(`Not allowed to download files of purpose: ${purpose}`),
      });
    },
  );

  test('may come as a stream of any size, and expire', async () => {
    const chunk = Buffer.alloc(1 << 20, 'x');
    async function* pieces() {
      for (let i = 0; i < 8; i++) yield chunk;
    }
    const file = await openai.files.create({
      file: toStreamingFile(pieces(), 'big.jsonl'),
      purpose: 'batch',
      expires_after: { anchor: 'created_at', seconds: 3_600 },
    });
    expect(file).toMatchObject({ bytes: 8 << 20, filename: 'big.jsonl' });
    expect((await (await openai.files.content(file.id)).text()).length).toBe(8 << 20);
    emulator.control.advanceClock(3_600_000);
    await expect(openai.files.retrieve(file.id)).rejects.toMatchObject({ status: 404 });
  });

  test('bad forms are refused', async () => {
    const post = (body: string | FormData, headers: Record<string, string> = {}) =>
      fetch(`${emulator.url}/v1/files`, {
        method: 'POST',
        body,
        headers: { authorization: 'Bearer k', ...headers },
      });
    const form = new FormData();
    form.set('purpose', 'nonsense');
    form.set('file', new Blob(['x']), 'x');
    expect((await post(form)).status).toBe(400);
    expect((await post('{}', { 'content-type': 'application/json' })).status).toBe(400);
    expect((await post('rubbish', { 'content-type': 'multipart/form-data' })).status).toBe(400);
  });
});

describe('a batch', () => {
  test('answers each line, in an order of its own, and puts failures into a file of theirs', async () => {
    const batch = await begin([
      line('1', '[[say one]]'),
      line('2', '[[fail 400]]'),
      line('3', '[[say three]]'),
    ]);
    expect(batch.status).toBe('validating');
    const done = await ended(batch.id);
    expect(done).toMatchObject({
      status: 'completed',
      request_counts: { total: 3, completed: 2, failed: 1 },
    });
    const good = await rows(done.output_file_id);
    expect(good.map(({ custom_id }) => custom_id)).toEqual(['3', '1']);
    expect(good[1]).toMatchObject({
      error: null,
      response: { status_code: 200, body: { status: 'completed' } },
    });
    expect(await rows(done.error_file_id)).toMatchObject([
      { custom_id: '2', error: null, response: { status_code: 400, body: { error: {} } } },
    ]);
    // Nothing was asked over HTTP for it.
    expect(emulator.control.journal({ path: '/v1/responses' })).toEqual([]);
  });

  test('speaks chat completions too', async () => {
    const url = '/v1/chat/completions';
    const body = { model, messages: [{ role: 'user', content: '[[say hello]]' }] };
    const done = await ended((await begin([line('1', '', { url, body })], url)).id);
    expect(await rows(done.output_file_id)).toMatchObject([
      { response: { body: { object: 'chat.completion', choices: [{ message: { content: 'hello' } }] } } },
    ]);
  });

  test.each([
    ['no JSON', ['{'], 'invalid_json_line'],
    ['an id twice', [line('1', 'a'), line('1', 'b')], 'duplicate_custom_id'],
    ['another endpoint', [line('1', 'a', { url: '/v1/embeddings' })], 'mismatched_url'],
    [
      'two models',
      [line('1', 'a'), line('2', 'b', { body: { model: 'gpt-6-luna', input: 'b' } })],
      'mismatched_model',
    ],
  ])('with %s fails as a whole', async (_, lines, code) => {
    const done = await ended((await begin(lines)).id);
    expect(done).toMatchObject({ status: 'failed', errors: { data: [{ code }] } });
    expect(done.output_file_id).toBeUndefined();
  });

  test('stays where it is held, expires by the clock, and keeps what it has answered', async () => {
    emulator.control.setDefaults({ batch_hold: 'in_progress', batch_hold_after: 1 });
    const { id } = await begin([line('1', '[[say one]]'), line('2', 'two')]);
    while ((await openai.batches.retrieve(id)).request_counts?.completed !== 1);
    expect((await openai.batches.list()).data).toMatchObject([{ id, status: 'in_progress' }]);
    emulator.control.advanceClock(86_400_000);
    const done = await ended(id);
    expect(done.status).toBe('expired');
    expect(await rows(done.output_file_id)).toMatchObject([{ custom_id: '1' }]);
    expect(await rows(done.error_file_id)).toMatchObject([
      { custom_id: '2', response: null, error: { code: 'batch_expired' } },
    ]);
  });

  test('can be cancelled while it runs, and not afterwards', async () => {
    emulator.control.setDefaults({ batch_hold: 'in_progress' });
    const { id } = await begin([line('1', 'a')]);
    expect((await openai.batches.cancel(id)).status).toBe('cancelling');
    expect((await ended(id)).status).toBe('cancelled');
    await expect(openai.batches.cancel(id)).rejects.toMatchObject({ status: 409 });
  });

  test('needs a file of its purpose', async () => {
    const other = await openai.files.create({
      file: await toFile(Buffer.from('x'), 'x'),
      purpose: 'user_data',
    });
    for (const input_file_id of ['file-none', other.id])
      await expect(
        openai.batches.create({ input_file_id, endpoint: '/v1/responses', completion_window: '24h' }),
      ).rejects.toMatchObject({ status: 400, param: 'input_file_id' });
  });
});
