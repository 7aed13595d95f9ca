// The file_search tool as the SDK speaks it: when it searches, what it shows, and what is refused.

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { OpenAI, toFile } from 'openai';
import type { FileSearchTool, ResponseCreateParamsNonStreaming } from 'openai/resources/responses/responses';

import { startEmulator, type RunningEmulator } from '../index.js';

const DAY_MS = 86_400_000;
let emulator: RunningEmulator;
let openai: OpenAI;
let store: string;
let file_id: string;

beforeEach(async () => {
  emulator = await startEmulator();
  openai = new OpenAI({ apiKey: 'sk-test', baseURL: `${emulator.url}/v1`, maxRetries: 0 });
  const file = await toFile(Buffer.from('Bob was calm. The furnace broke on Monday. Alice paid.'), 'log.txt');
  file_id = (await openai.files.create({ file, purpose: 'assistants' })).id;
  store = (await openai.vectorStores.create({ file_ids: [file_id] })).id;
});
afterEach(() => emulator.close());

function ask(
  input: string,
  change: Partial<ResponseCreateParamsNonStreaming> = {},
  tool: Partial<FileSearchTool> = {},
) {
  const tools: FileSearchTool[] = [{ type: 'file_search', vector_store_ids: [store], ...tool }];
  return openai.responses.create({ model: 'gpt-6-luna', input, tools, ...change });
}

test('quotes the line that fits, cites its file, and shows results only when asked to', async () => {
  const plain = await ask('When did the furnace break?');
  expect(plain.output_text).toBe('According to log.txt: The furnace broke on Monday.');
  expect(plain.output).toMatchObject([
    {
      type: 'file_search_call',
      status: 'completed',
      queries: ['When did the furnace break?'],
      results: null,
    },
    {
      content: [
        {
          annotations: [
            { type: 'file_citation', file_id, filename: 'log.txt', index: plain.output_text.length },
          ],
        },
      ],
    },
  ]);
  const shown = await ask('furnace', { include: ['file_search_call.results'] });
  expect(shown.output[0]).toMatchObject({
    results: [{ file_id, text: expect.stringContaining('Alice paid') }],
  });
  // What was found was read: it counts as input.
  expect(plain.usage!.input_tokens).toBeGreaterThan(
    (await ask('furnace', { tool_choice: 'none' })).usage!.input_tokens,
  );
});

test('searches by a directive, by force, not against the will of the request, and says when there is nothing', async () => {
  const kinds = async (...args: Parameters<typeof ask>) =>
    (await ask(...args)).output.map(({ type }) => type);
  expect(await kinds('[[say x]]')).toEqual(['message']);
  expect(await kinds('[[say x]] [[search furnace]]')).toEqual(['file_search_call', 'message']);
  expect(await kinds('[[say x]] Hi', { tool_choice: { type: 'file_search' } })).toEqual([
    'file_search_call',
    'message',
  ]);
  expect(await kinds('furnace', { tool_choice: 'none' })).toEqual(['message']);
  expect((await ask('zebra')).output_text).toBe('The files say nothing about it.');
  const filters = { type: 'eq' as const, key: 'a', value: 'b' };
  expect((await ask('furnace', {}, { filters })).output_text).toBe('The files say nothing about it.');
});

test('answers in a schema with what it found, without citations', async () => {
  const schema = {
    type: 'object',
    properties: { note: { type: 'string' } },
    required: ['note'],
    additionalProperties: false,
  };
  const format = { type: 'json_schema' as const, name: 'x', strict: true, schema };
  const response = await ask('furnace', { text: { format } });
  expect(JSON.parse(response.output_text)).toEqual({ note: expect.stringContaining('broke on Monday') });
  expect(response.output[1]).toMatchObject({ content: [{ annotations: [] }] });
});

test('keeps a store alive, and is refused where there is none or it has expired', async () => {
  await openai.vectorStores.update(store, { expires_after: { anchor: 'last_active_at', days: 1 } });
  emulator.control.advanceClock(DAY_MS * 0.6);
  await ask('furnace');
  emulator.control.advanceClock(DAY_MS * 0.6);
  await ask('furnace');
  await expect(ask('a', {}, { vector_store_ids: [store, 'vs_none'] })).rejects.toMatchObject({
    status: 404,
    message: expect.stringContaining("Vector store with id ['vs_none'] not found."),
  });
  emulator.control.advanceClock(DAY_MS);
  await expect(ask('furnace')).rejects.toMatchObject({ status: 400, code: 'vector_store_expired' });
  for (const tool of [
    { vector_store_ids: [] },
    { max_num_results: 51 },
    { filters: { type: 'like' } as never },
  ])
    await expect(ask('a', {}, tool)).rejects.toMatchObject({ status: 400 });
});
