// /responses as the official SDK uses it, over real HTTP.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import OpenAI, { BadRequestError, NotFoundError } from 'openai';
import type { Response, ResponseInputItem, ResponseStreamEvent } from 'openai/resources/responses/responses';

import type { JournalEntry, RunningEmulator } from '../index.js';
import { startEmulator } from '../index.js';

const model = 'gpt-6-luna';
let emulator: RunningEmulator;
let client: OpenAI;

beforeAll(async () => {
  emulator = await startEmulator();
  client = new OpenAI({ apiKey: 'sk-test', baseURL: `${emulator.url}/v1`, maxRetries: 0 });
});
afterEach(() => emulator.control.reset());
afterAll(() => emulator.close());

async function collect(stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

function textOf(events: readonly ResponseStreamEvent[]): string {
  return events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join('');
}

/** Until the request of a journal entry is over; the test's own limit bounds it. */
async function ended(entry: JournalEntry): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (entry.outcome === 'running') await ended(entry);
}

function asked(error: unknown): { status: unknown; code: unknown; param: unknown } {
  const { status, code, param } = error as BadRequestError;
  return { status, code, param };
}

describe('create', () => {
  test('echoes the request and counts its tokens', async () => {
    const response = await client.responses.create({ model, input: 'Hello there' });
    expect(response.output_text).toBe('You said: Hello there');
    expect(response.status).toBe('completed');
    const { input_tokens } = await client.responses.inputTokens.count({ model, input: 'Hello there' });
    expect(response.usage?.input_tokens).toBe(input_tokens);
    expect(response._request_id).toMatch(/^req_/);
  });

  test('streams events in order with dense sequence numbers', async () => {
    const events = await collect(
      await client.responses.create({ model, input: '[[tokens 5]] [[rate 500]] [[ttft 5]]', stream: true }),
    );
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
    expect(events.map((event) => event.type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      ...Array.from({ length: 5 }, () => 'response.output_text.delta'),
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(textOf(events)).toBe('1 2 3 4 5');
    const last = events.at(-1) as { response: Response };
    expect(last.response.usage?.output_tokens).toBe(5);
  });

  test('keeps the asked pace', async () => {
    const started = performance.now();
    await client.responses.create({ model, input: '[[tokens 11]] [[rate 200]] [[ttft 30]]' });
    expect(performance.now() - started).toBeGreaterThanOrEqual(79);
  });

  test('a question is answered from the earlier turns', async () => {
    const first = await client.responses.create({ model, input: 'My name is Ada', instructions: 'Be kind' });
    const second = await client.responses.create({
      model,
      input: 'What is my name?',
      previous_response_id: first.id,
    });
    expect(second.output_text).toContain('My name is Ada');
    const third = await client.responses.create({
      model,
      input: '[[instructions]]',
      previous_response_id: second.id,
    });
    expect(third.output_text).toBe('No instructions.');
  });

  test('tool rounds, two calls in parallel and then one, replayed without a store', async () => {
    const input: ResponseInputItem[] = [
      {
        role: 'user',
        content:
          '[[reasoning]] [[tool get_weather {"city":"Berlin"}]] [[tool get_weather {"city":"Rome"}]] [[then]] [[tool sum {"a":[[1]]}]] [[say Done]]',
      },
    ];
    const names: string[][] = [];
    let text = '';
    for (let round = 0; round < 3; round += 1) {
      const response = await client.responses.create({
        model,
        input,
        store: false,
        include: ['reasoning.encrypted_content'],
      });
      const calls = response.output.filter((item) => item.type === 'function_call');
      names.push(calls.map((call) => `${call.name} ${call.arguments}`));
      input.push(...(response.output as ResponseInputItem[]));
      input.push(
        ...calls.map((call) => ({
          type: 'function_call_output' as const,
          call_id: call.call_id,
          output: 'ok',
        })),
      );
      text = response.output_text;
    }
    expect(names).toEqual([
      ['get_weather {"city":"Berlin"}', 'get_weather {"city":"Rome"}'],
      ['sum {"a":[[1]]}'],
      [],
    ]);
    expect(text).toBe('Done');
  });

  test('tools without end, one at a time when asked so', async () => {
    const input: ResponseInputItem[] = [{ role: 'user', content: '[[tools-forever again {}]]' }];
    for (let round = 0; round < 4; round += 1) {
      const response = await client.responses.create({ model, input });
      const call = response.output.find((item) => item.type === 'function_call');
      expect(call?.name).toBe('again');
      input.push(call!, { type: 'function_call_output', call_id: call!.call_id, output: 'ok' });
    }
    const single: ResponseInputItem[] = [
      { role: 'user', content: '[[tool a {}]] [[tool b {}]] [[say end]]' },
    ];
    const seen: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const response = await client.responses.create({ model, input: single, parallel_tool_calls: false });
      const [item] = response.output;
      if (item?.type !== 'function_call')
        return expect([...seen, response.output_text]).toEqual(['a', 'b', 'end']);
      seen.push(item.name);
      single.push(item, { type: 'function_call_output', call_id: item.call_id, output: 'ok' });
    }
    throw new Error('the calls did not end');
  });

  test('a call is refused without the reasoning it came of', async () => {
    const ask = '[[reasoning]] [[tool a {}]]';
    const first = await client.responses.create({ model, input: ask });
    const items = first.output as ResponseInputItem[];
    const [, call] = first.output;
    const output = {
      type: 'function_call_output' as const,
      call_id: (call as { call_id: string }).call_id,
      output: 'x',
    };
    const user = { role: 'user' as const, content: ask };
    const bare = client.responses.create({ model, input: [user, items[1]!, output] });
    await expect(bare).rejects.toThrow(/without its required 'reasoning' item/);
    const whole = await client.responses.create({ model, input: [user, ...items, output] });
    expect(whole.output_text).toBe('The tools said: x');
    const [reasoning] = first.output;
    const reference = await client.responses.create({
      model,
      input: [user, { type: 'item_reference', id: reasoning!.id! }, items[1]!, output],
    });
    expect(reference.status).toBe('completed');
  });

  test('the output of a tool reaches the answer, and a tool is called when its name is meant', async () => {
    const tools = [
      {
        type: 'function' as const,
        name: 'get_weather',
        strict: true,
        parameters: {
          type: 'object',
          properties: { city: { type: 'string' } },
          required: ['city'],
          additionalProperties: false,
        },
      },
    ];
    const first = await client.responses.create({ model, input: 'What is the weather in New York?', tools });
    const call = first.output.find((item) => item.type === 'function_call');
    expect(call).toMatchObject({ name: 'get_weather', arguments: '{"city":"New York"}' });
    const second = await client.responses.create({
      model,
      tools,
      previous_response_id: first.id,
      input: [{ type: 'function_call_output', call_id: call!.call_id, output: '21 degrees' }],
    });
    expect(second.output_text).toBe('The tools said: 21 degrees');
  });

  test('structured output, token limit, refusal', async () => {
    const schema = {
      type: 'object',
      properties: { answer: { type: 'string' }, score: { type: 'integer', minimum: 3 } },
      required: ['answer', 'score'],
      additionalProperties: false,
    };
    const json = await client.responses.create({
      model,
      input: 'Hi',
      text: { format: { type: 'json_schema', name: 'reply', schema, strict: true } },
    });
    expect(JSON.parse(json.output_text)).toEqual({ answer: 'You said: Hi', score: 3 });
    const short = await client.responses.create({ model, input: '[[tokens 50]]', max_output_tokens: 16 });
    expect(short).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    });
    expect(short.usage?.output_tokens).toBe(16);
    const refused = await client.responses.create({ model, input: '[[refuse]]' });
    expect(refused.output[0]).toMatchObject({ content: [{ type: 'refusal' }] });
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['an unknown model', { model: 'gpt-4o-latest' }, { status: 404, code: 'model_not_found' }],
    ['a model past its end', { model: 'o4-mini' }, { status: 404, code: 'model_not_found' }],
    ['an unknown field', { max_tokens: 5 }, { status: 400, code: 'unknown_parameter', param: 'max_tokens' }],
    ['no input', { input: undefined }, { status: 400, code: 'missing_required_parameter', param: 'input' }],
    ['a temperature the model has not', { temperature: 0.2 }, { status: 400, param: 'temperature' }],
    ['a limit below 16', { max_output_tokens: 5 }, { status: 400, code: 'integer_below_min_value' }],
    [
      'an unknown predecessor',
      { previous_response_id: 'resp_x' },
      { status: 400, code: 'previous_response_not_found', param: 'previous_response_id' },
    ],
    [
      'two ways of state',
      { previous_response_id: 'resp_x', conversation: 'conv_x' },
      { status: 400, code: 'mutually_exclusive_parameters' },
    ],
    [
      'a tool nested as in chat',
      { tools: [{ type: 'function', function: { name: 'x' } }] },
      { param: 'tools[0].name' },
    ],
    [
      'an open schema in strict mode',
      {
        tools: [
          { type: 'function', name: 'x', strict: true, parameters: { type: 'object', properties: {} } },
        ],
      },
      { code: 'invalid_function_parameters' },
    ],
    [
      'a call without its output',
      { input: [{ type: 'function_call', call_id: 'c1', name: 'x', arguments: '{}' }] },
      { status: 400, param: 'input' },
    ],
    [
      'reasoning of somebody else',
      { input: [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'abc' }] },
      { status: 400, code: 'invalid_encrypted_content' },
    ],
    [
      'reasoning that was not stored',
      { input: [{ type: 'reasoning', id: 'rs_1', summary: [] }] },
      { status: 404 },
    ],
  ])('refuses %s', async (_what, change, expected) => {
    const body = { model, input: 'Hi', ...change } as OpenAI.Responses.ResponseCreateParamsNonStreaming;
    const error: unknown = await client.responses.create(body).catch((cause: unknown) => cause);
    expect(asked(error)).toMatchObject(expected);
  });
});

describe('background', () => {
  test('a cut stream is rejoined behind the last event that was seen', async () => {
    const stream = await client.responses.create({
      model,
      input: '[[tokens 40]] [[rate 400]] [[cut after 10]]',
      background: true,
      stream: true,
    });
    const seen: ResponseStreamEvent[] = [];
    const broken = (async () => {
      for await (const event of stream) seen.push(event);
    })();
    await expect(broken).rejects.toThrow(/terminated|aborted|ECONNRESET/);
    const last = seen.at(-1)!.sequence_number;
    const { id } = (seen[0] as { response: Response }).response;
    const rest = await collect(await client.responses.retrieve(id, { stream: true, starting_after: last }));
    expect(rest[0]?.sequence_number).toBe(last + 1);
    expect(textOf([...seen, ...rest])).toBe(Array.from({ length: 40 }, (_, index) => index + 1).join(' '));
    expect(rest.at(-1)?.type).toBe('response.completed');
    const [entry] = emulator.control.journal({ path: '/v1/responses' });
    expect(entry).toMatchObject({ outcome: 'cut', tokens_sent: 10, response_id: id });
  });

  test('rejoining ends with the window, and is refused to other responses', async () => {
    const input = '[[tokens 3]]';
    const streamed = await collect(
      await client.responses.create({ model, input, background: true, stream: true }),
    );
    const { id } = (streamed[0] as { response: Response }).response;
    emulator.control.advanceClock(300_001);
    await expect(client.responses.retrieve(id, { stream: true })).rejects.toThrow(
      /can no longer be streamed/,
    );
    expect((await client.responses.retrieve(id)).output_text).toBe('1 2 3');
    const polled = await client.responses.create({ model, input, background: true });
    await expect(client.responses.retrieve(polled.id, { stream: true })).rejects.toBeInstanceOf(
      BadRequestError,
    );
    const plain = await client.responses.create({ model, input });
    await expect(client.responses.retrieve(plain.id, { stream: true })).rejects.toBeInstanceOf(NotFoundError);
  });

  test('is polled, cancelled, deleted, and forgotten early without a store', async () => {
    const slow = '[[tokens 10]] [[rate 1]]';
    const running = await client.responses.create({ model, input: slow, background: true, store: false });
    expect(running.status).toBe('queued');
    expect((await client.responses.retrieve(running.id)).status).toBe('in_progress');
    expect((await client.responses.cancel(running.id)).status).toBe('cancelled');
    emulator.control.advanceClock(600_001);
    await expect(client.responses.retrieve(running.id)).rejects.toBeInstanceOf(NotFoundError);
    const plain = await client.responses.create({ model, input: 'Hi' });
    await expect(client.responses.cancel(plain.id)).rejects.toThrow(/Cannot cancel a synchronous response/);
    const items = await client.responses.inputItems.list(plain.id);
    expect(items.data).toMatchObject([{ type: 'message', role: 'user' }]);
    await client.responses.delete(plain.id);
    await expect(client.responses.retrieve(plain.id)).rejects.toBeInstanceOf(NotFoundError);
  });
});

test('closing a plain stream stops the generation', async () => {
  const stream = await client.responses.create({
    model,
    input: '[[tokens 1000]] [[rate 100]]',
    stream: true,
  });
  const [entry] = emulator.control.journal({ path: '/v1/responses' });
  for await (const event of stream) {
    if (event.type === 'response.output_text.delta') break;
  }
  await ended(entry!);
  expect(entry).toMatchObject({ outcome: 'client_aborted' });
  await expect(client.responses.retrieve(entry!.response_id!)).rejects.toBeInstanceOf(NotFoundError);
});
