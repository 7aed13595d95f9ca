// The Batch API's client against the emulator: rows up and down, both APIs, and files and batches found again.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startEmulator, type RunningEmulator } from '../../../../apps/openai-emulator/src/index.js';
import { ModelCatalogue } from '../catalogue/model-catalogue.js';
import { COMPLETIONS_PROFILE, ModelClients } from '../client/model-clients.js';
import type { ModelApi } from '../model/model-client.js';
import { BatchesClient, type Batch } from './batches-client.js';
import type { BatchRow } from './batch-lines.js';
import { textLines } from './text-lines.js';

let emulator: RunningEmulator;
let clients: ModelClients;
const catalogue = new ModelCatalogue();

beforeAll(async () => {
  emulator = await startEmulator();
  clients = new ModelClients(
    {
      profiles: [{ name: COMPLETIONS_PROFILE, apiKey: 'sk-test', baseURL: `${emulator.url}/v1` }],
      api: 'responses',
      timeouts: { first_output_ms: 5_000, idle_ms: 5_000 },
    },
    catalogue,
  );
});
afterAll(async () => {
  await clients.close();
  await emulator.close();
});

const clientOf = (api: ModelApi) => new BatchesClient(clients.sdk(COMPLETIONS_PROFILE), api, catalogue);
const request = (content: string) => ({
  model: 'gpt-4o-mini',
  input: [{ role: 'user' as const, content }],
  tools: [],
});
async function* each(rows: readonly string[]) {
  yield* rows;
}
async function rowsOf(client: BatchesClient, file: string | undefined): Promise<Map<string, BatchRow>> {
  const rows = new Map<string, BatchRow>();
  for await (const row of client.rows(file!)) rows.set(row.custom_id, row);
  return rows;
}
async function end(client: BatchesClient, { id }: Batch): Promise<Batch> {
  for (;;) {
    const batch = await client.retrieve(id);
    if (batch.status === 'completed') return batch;
  }
}

describe.each(['responses', 'chat'] as const)('over %s', (api) => {
  test('rows go up and come back as outcomes and errors', async () => {
    const client = clientOf(api);
    const lines = [
      '[[say caf\u00e9 \u2028 one]]',
      '[[refuse]]',
      '[[fail 400]]',
      '[[incomplete max_output_tokens]] x',
    ];
    const file = await client.upload(
      'a.jsonl',
      each(lines.map((text, i) => client.line(`r${i}`, request(text)))),
    );
    const batch = await end(client, await client.create(file, { key: api }));
    const good = await rowsOf(client, batch.output_file_id);
    expect([...good.keys()]).toEqual(['r3', 'r1', 'r0']);
    expect(good.get('r0')).toMatchObject({
      outcome: { status: 'completed', text: 'caf\u00e9 \u2028 one', tier: 'batch', tool_calls: [] },
    });
    expect(good.get('r0')).toHaveProperty('outcome.usage.output_tokens', expect.any(Number));
    expect(good.get('r1')).toHaveProperty('outcome.refusal', expect.any(String));
    expect(good.get('r3')).toMatchObject({
      outcome: { status: 'incomplete', incomplete_reason: 'max_output_tokens' },
    });
    expect((await rowsOf(client, batch.error_file_id)).get('r2')).toMatchObject({
      error: { kind: 'invalid_request', status: 400 },
    });
  });

  test('files and batches are found again, and files deleted once are gone', async () => {
    const client = clientOf(api);
    const name = `${api}.jsonl`;
    const file = await client.upload(name, each([client.line('1', request('Hi'))]));
    expect(await client.filesNamed(name)).toEqual([file]);
    const { id } = await client.create(file, { mark: name });
    expect(await client.find('mark', name)).toMatchObject({ id, input_file_id: file });
    expect(await client.find('mark', 'another')).toBeUndefined();
    await client.deleteFile(file);
    await client.deleteFile(file);
    expect(await client.filesNamed(name)).toEqual([]);
    await client.cancel(id);
  });

  test('what is not there is told as such', async () => {
    const client = clientOf(api);
    await expect(client.retrieve('batch_none')).rejects.toMatchObject({ kind: 'not_found' });
    await expect(rowsOf(client, 'file-none')).rejects.toMatchObject({ kind: 'not_found' });
  });
});

test('lines end at line feeds alone, wherever the bytes are cut', async () => {
  const text = 'a\u2028b\r\n\n{"x":"caf\u00e9"}\nlast';
  const bytes = Buffer.from(text);
  for (const size of [1, 2, 3, 7, 100]) {
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    const lines: string[] = [];
    for await (const line of textLines(pieces())) lines.push(line);
    expect(lines).toEqual(['a\u2028b', '{"x":"caf\u00e9"}', 'last']);
  }
});
