// Every kind of body and event that the emulator sends, judged by OpenAI's own document.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { openaiSchema } from '../../../test/support/openai-schema.js';
import type { RunningEmulator } from './index.js';
import { startEmulator } from './index.js';

const schema = openaiSchema();
// Without the document there is nothing to judge by; the helper has said so.
const whenFound = schema === undefined ? describe.skip : describe;

let emulator: RunningEmulator;

beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

async function ask(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${emulator.url}/v1${path}`, {
    method,
    headers: { authorization: 'Bearer sk-test', 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
}

/** Sends a request, expects that it and its answer fit the document, and returns the answer. */
async function judged(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const plain = path.split('?')[0]!;
  if (body !== undefined) expect(schema!.validateRequest(plain, method, body)).toEqual([]);
  const answer = (await (await ask(method, path, body)).json()) as Record<string, unknown>;
  expect(schema!.validateResponse(plain, method, answer)).toEqual([]);
  return answer;
}

async function eventsOf(path: string, body: unknown): Promise<unknown[]> {
  const text = await (await ask('POST', path, body)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('data: {'));
  return lines.map((line) => JSON.parse(line.slice(6)) as unknown);
}

const model = 'gpt-4o-mini';
const tools = [
  { type: 'function', name: 'a', parameters: { type: 'object', properties: {} }, strict: false },
];
const format = {
  type: 'json_schema',
  name: 'x',
  strict: true,
  schema: {
    type: 'object',
    properties: { y: { type: 'string' } },
    required: ['y'],
    additionalProperties: false,
  },
};

const RESPONSES: [string, Record<string, unknown>][] = [
  ['text', { input: 'Hi' }],
  ['tools', { input: '[[say wait]] [[tool a {"x":1}]] [[tool a {}]]', tools, tool_choice: 'auto' }],
  [
    'reasoning',
    { input: '[[reasoning]]', include: ['reasoning.encrypted_content'], reasoning: { summary: 'auto' } },
  ],
  ['refusal', { input: '[[refuse]]' }],
  ['structured', { input: 'Hi', text: { format } }],
  ['incomplete', { input: '[[tokens 99]]', max_output_tokens: 16 }],
  ['filtered', { input: '[[incomplete content_filter]] Hi' }],
  ['failed', { input: '[[tokens 9]] [[response-failed after 3]]' }],
  ['error event', { input: '[[tokens 9]] [[error-event after 3]]' }],
  ['background', { input: 'Hi', background: true }],
];

const CHATS: [string, Record<string, unknown>][] = [
  ['text', { messages: [{ role: 'user', content: 'Hi' }] }],
  ['tools', { messages: [{ role: 'user', content: '[[tool a {"x":1}]] [[tool b]]' }] }],
  ['refusal', { messages: [{ role: 'user', content: '[[refuse]]' }] }],
  ['limit', { messages: [{ role: 'user', content: '[[tokens 9]]' }], max_tokens: 3 }],
];

whenFound('what the emulator sends fits the document', () => {
  test.each(RESPONSES)('response: %s', async (what, change) => {
    const body = { model, ...change };
    const events = await eventsOf('/responses', { ...body, stream: true });
    expect(events.length).toBeGreaterThan(3);
    for (const event of events) expect(schema!.validateStreamEvent(event)).toEqual([]);
    const response = await judged('POST', '/responses', body);
    if (what === 'error event') return;
    const id = response['id'] as string;
    await judged('GET', `/responses/${id}`);
    await judged('GET', `/responses/${id}/input_items`);
    await judged('POST', '/responses/input_tokens', { model, input: change['input'] });
    if (what === 'background') await judged('POST', `/responses/${id}/cancel`);
    await judged('DELETE', `/responses/${id}`);
  });

  test.each(CHATS)('chat completion: %s', async (_what, change) => {
    const body = { model, ...change };
    const chunks = await eventsOf('/chat/completions', {
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(chunks.length).toBeGreaterThan(2);
    for (const chunk of chunks) expect(schema!.validateStreamEvent(chunk)).toEqual([]);
    await judged('POST', '/chat/completions', body);
  });

  test('the document refuses what is wrong', () => {
    expect(schema!.validateStreamEvent({ type: 'response.output_text.delta' })).not.toEqual([]);
    expect(schema!.validateStreamEvent({ type: 'response.nonsense' })).not.toEqual([]);
    expect(schema!.validateRequest('/responses', 'POST', { model, input: 5 })).not.toEqual([]);
    expect(schema!.validateRequest('/threads/x/nothing', 'POST', {})).not.toEqual([]);
    expect(schema!.validateResponse('/responses/resp_1', 'GET', { id: 'resp_1' })).not.toEqual([]);
  });

  test('embeddings', async () => {
    const body = { model: 'text-embedding-3-small', input: ['a', 'b'], dimensions: 4 };
    await judged('POST', '/embeddings', body);
  });

  test('models', async () => {
    await judged('GET', '/models');
    await judged('GET', '/models/gpt-4o');
  });

  test('files and batches', async () => {
    const upload = async (lines: readonly unknown[]): Promise<string> => {
      const form = new FormData();
      form.set('purpose', 'batch');
      form.set('file', new Blob([lines.map((line) => JSON.stringify(line)).join('\n')]), 'in.jsonl');
      const headers = { authorization: 'Bearer sk-test' };
      const answer = await fetch(`${emulator.url}/v1/files`, { method: 'POST', headers, body: form });
      const file = (await answer.json()) as { id: string };
      expect(schema!.validateResponse('/files', 'POST', file)).toEqual([]);
      return file.id;
    };
    const line = (custom_id: string, input: string) => ({
      custom_id,
      method: 'POST',
      url: '/v1/responses',
      body: { model, input },
    });
    for (const lines of [
      [line('1', 'Hi'), line('2', '[[fail 400]]')],
      [line('1', 'Hi'), line('1', 'Hi')],
    ]) {
      const input_file_id = await upload(lines);
      const request = {
        input_file_id,
        endpoint: '/v1/responses',
        completion_window: '24h',
        metadata: { a: 'b' },
      };
      const { id } = await judged('POST', '/batches', request);
      let batch: Record<string, unknown>;
      do batch = await judged('GET', `/batches/${String(id)}`);
      while (batch['status'] !== 'completed' && batch['status'] !== 'failed');
      if (batch['status'] === 'completed') await judged('GET', `/files/${String(batch['output_file_id'])}`);
      await judged('DELETE', `/files/${input_file_id}`);
    }
    await judged('GET', '/batches?limit=1');
    await judged('GET', '/files?purpose=batch_output');
    emulator.control.setDefaults({ batch_hold: 'validating' });
    const { id } = await judged('POST', '/batches', {
      input_file_id: await upload([line('1', 'Hi')]),
      endpoint: '/v1/responses',
      completion_window: '24h',
    });
    await judged('POST', `/batches/${String(id)}/cancel`);
    emulator.control.setDefaults({ batch_hold: '' });
  });

  test('vector stores', async () => {
    const upload = async (name: string): Promise<string> => {
      const form = new FormData();
      form.set('purpose', 'assistants');
      form.set('file', new Blob(['some words']), name);
      const headers = { authorization: 'Bearer sk-test' };
      const answer = await fetch(`${emulator.url}/v1/files`, { method: 'POST', headers, body: form });
      return ((await answer.json()) as { id: string }).id;
    };
    const file_id = await upload('a.txt');
    const other = await upload('a.csv');
    const { id } = await judged('POST', '/vector_stores', {
      name: 'x',
      file_ids: [other],
      expires_after: { anchor: 'last_active_at', days: 7 },
      chunking_strategy: { type: 'auto' },
      metadata: { a: 'b' },
    });
    const path = `/vector_stores/${String(id)}`;
    const files = `${path}/files`;
    const attributes = { a: 'b', c: 1, d: true };
    await judged('POST', files, { file_id, attributes });
    for (const each of [file_id, other]) await judged('GET', `${files}/${each}`);
    await judged('POST', `${files}/${file_id}`, { attributes });
    await judged('GET', `${files}/${file_id}/content`);
    await judged('GET', `${files}?filter=completed`);
    const batch = await judged('POST', `${path}/file_batches`, { files: [{ file_id, attributes }] });
    const one = `${path}/file_batches/${String(batch['id'])}`;
    await judged('GET', one);
    await judged('GET', `${one}/files`);
    await judged('POST', `${one}/cancel`);
    const filters = { type: 'and', filters: [{ type: 'eq', key: 'a', value: 'b' }] };
    const found = await judged('POST', `${path}/search`, { query: 'words', filters, max_num_results: 5 });
    expect((found['data'] as unknown[]).length).toBe(1);
    await judged('POST', path, { name: 'y' });
    await judged('GET', '/vector_stores?limit=1');
    await judged('DELETE', `${files}/${file_id}`);
    emulator.control.advanceClock(8 * 86_400_000);
    expect((await judged('GET', path))['status']).toBe('expired');
    await judged('DELETE', path);
  });

  test('a search of files', async () => {
    const form = new FormData();
    form.set('purpose', 'assistants');
    form.set('file', new Blob(['The furnace is broken. Nobody came.']), 'a.txt');
    const headers = { authorization: 'Bearer sk-test' };
    const answer = await fetch(`${emulator.url}/v1/files`, { method: 'POST', headers, body: form });
    const { id: file_id } = (await answer.json()) as { id: string };
    const { id } = await judged('POST', '/vector_stores', { file_ids: [file_id] });
    const body = {
      model,
      input: 'What about the furnace?',
      tools: [{ type: 'file_search', vector_store_ids: [id], max_num_results: 3 }],
      include: ['file_search_call.results'],
    };
    const events = await eventsOf('/responses', { ...body, stream: true });
    for (const event of events) expect(schema!.validateStreamEvent(event)).toEqual([]);
    const types = events.map((event) => (event as { type: string }).type);
    expect(types).toContain('response.file_search_call.searching');
    expect(types).toContain('response.output_text.annotation.added');
    const response = await judged('POST', '/responses', body);
    expect(response['output']).toMatchObject([
      { type: 'file_search_call', results: [{ file_id, filename: 'a.txt' }] },
      { content: [{ annotations: [{ type: 'file_citation', file_id }] }] },
    ]);
    const { id: conversation } = await judged('POST', '/conversations', {});
    await judged('POST', '/responses', { ...body, conversation });
    await judged('GET', `/conversations/${String(conversation)}/items`);
  });

  test.each<[string, Record<string, string>]>([
    ['json', { model: 'gpt-transcribe' }],
    ['json with probabilities', { model: 'gpt-4o-transcribe', 'include[]': 'logprobs' }],
    ['verbose', { model: 'whisper-1', response_format: 'verbose_json', 'timestamp_granularities[]': 'word' }],
    ['diarized', { model: 'gpt-4o-transcribe-diarize', response_format: 'diarized_json' }],
  ])('transcription: %s', async (what, fields) => {
    const post = async (more: Record<string, string>) => {
      const form = new FormData();
      for (const [name, value] of Object.entries({ ...fields, ...more })) form.set(name, value);
      form.set('file', new Blob(['ID3 [[say One. Two.]]']), 'a.mp3');
      const headers = { authorization: 'Bearer sk-test' };
      return fetch(`${emulator.url}/v1/audio/transcriptions`, { method: 'POST', headers, body: form });
    };
    const names = { json: 'Json', verbose: 'VerboseJson', diarized: 'DiarizedJson' };
    const name = `CreateTranscriptionResponse${names[what.split(' ')[0] as keyof typeof names]}`;
    expect(schema!.validateSchema(name, await (await post({})).json())).toEqual([]);
    if (what === 'verbose') return;
    const lines = (await (await post({ stream: 'true' })).text()).split('\n');
    const events = lines
      .filter((line) => line.startsWith('data: '))
      .map((line) => JSON.parse(line.slice(6)) as unknown);
    expect(events.length).toBeGreaterThan(2);
    for (const event of events)
      expect(schema!.validateSchema('CreateTranscriptionResponseStreamEvent', event)).toEqual([]);
  });

  test('a conversation with every kind of item', async () => {
    const items = [{ type: 'message', role: 'user', content: 'Hi' }];
    const { id } = (await judged('POST', '/conversations', { items, metadata: { a: 'b' } })) as {
      id: string;
    };
    const path = `/conversations/${id}`;
    await judged('POST', path, { metadata: { a: 'c' } });
    await judged('POST', `${path}/items`, { items });
    const input = '[[reasoning]] [[tool a {}]] [[tool a {}]]';
    const response = await judged('POST', '/responses', { model, conversation: id, input });
    const calls = (response['output'] as { type: string; call_id: string }[]).filter(
      (item) => item.type === 'function_call',
    );
    const outputs = calls.map(({ call_id }) => ({ type: 'function_call_output', call_id, output: 'x' }));
    await judged('POST', '/responses', { model, conversation: id, input: outputs });
    const list = await judged('GET', `${path}/items?limit=100`);
    const data = list['data'] as { id: string }[];
    expect(data.length).toBe(9);
    for (const item of data) await judged('GET', `${path}/items/${item.id}`);
    await judged('DELETE', `${path}/items/${data[0]!.id}`);
    await judged('GET', path);
    await judged('DELETE', path);
  });
});
