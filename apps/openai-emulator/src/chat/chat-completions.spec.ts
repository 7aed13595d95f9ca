// /chat/completions as the official SDK uses it.

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';

import type { RunningEmulator } from '../index.js';
import { startEmulator } from '../index.js';

const model = 'gpt-4o-mini';
let emulator: RunningEmulator;
let client: OpenAI;

beforeAll(async () => {
  emulator = await startEmulator();
  client = new OpenAI({ apiKey: 'sk-test', baseURL: `${emulator.url}/v1`, maxRetries: 0 });
});
afterEach(() => emulator.control.reset());
afterAll(() => emulator.close());

const user = (content: string): ChatCompletionMessageParam => ({ role: 'user', content });

test('streams text and usage', async () => {
  const stream = await client.chat.completions.create({
    model,
    messages: [user('[[tokens 4]]')],
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let reason: unknown;
  let usage: unknown;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    reason ??= chunk.choices[0]?.finish_reason;
    usage = chunk.usage;
  }
  expect({ text, reason }).toEqual({ text: '1 2 3 4', reason: 'stop' });
  expect(usage).toMatchObject({ completion_tokens: 4 });
});

test('calls tools in parallel, takes their answers, sees images and system messages', async () => {
  const messages = [user('[[tool a {"x":1}]] [[tool b {}]]')];
  const first = await client.chat.completions.create({ model, messages });
  const { message, finish_reason } = first.choices[0]!;
  expect(finish_reason).toBe('tool_calls');
  expect(message.tool_calls).toMatchObject([
    { function: { name: 'a', arguments: '{"x":1}' } },
    { function: { name: 'b' } },
  ]);
  const answers = message.tool_calls!.map((call, index) => ({
    role: 'tool' as const,
    tool_call_id: call.id,
    content: `result ${index}`,
  }));
  await expect(
    client.chat.completions.create({ model, messages: [...messages, message, answers[0]!] }),
  ).rejects.toMatchObject({ status: 400 });
  const second = await client.chat.completions.create({
    model,
    messages: [...messages, message, ...answers],
  });
  expect(second.choices[0]!.message.content).toBe('The tools said: result 0 | result 1');

  const seen = await client.chat.completions.create({
    model,
    messages: [
      { role: 'system', content: 'Be brief' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        ],
      },
    ],
  });
  expect(seen.choices[0]!.message.content).toBe('You said: Look (with 1 image)');
});

test('answers in JSON and ends at the limit', async () => {
  const json = await client.chat.completions.create({
    model,
    messages: [user('Some json please')],
    response_format: { type: 'json_object' },
  });
  expect(JSON.parse(json.choices[0]!.message.content!)).toEqual({ answer: 'You said: Some json please' });
  const short = await client.chat.completions.create({
    model,
    messages: [user('[[tokens 9]]')],
    max_tokens: 3,
  });
  expect(short.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '1 2 3' } });
});

describe('refuses of the newer models', () => {
  const tools = [{ type: 'function' as const, function: { name: 'a' } }];
  test.each<[string, Record<string, unknown>, string | undefined]>([
    ['max_tokens', { model: 'gpt-6-luna', max_tokens: 5 }, 'max_tokens'],
    ['stop', { model: 'gpt-6-luna', stop: 'x' }, 'stop'],
    ['a temperature', { model: 'gpt-6-luna', temperature: 0.5 }, 'temperature'],
    ['tools with effort', { model: 'gpt-6-sol', tools, reasoning_effort: 'low' }, 'reasoning_effort'],
    ['tools at all', { model: 'gpt-6-astra', tools }, 'reasoning_effort'],
    [
      'nothing without effort',
      { model: 'gpt-6-luna', tools, reasoning_effort: 'none', temperature: 0.5 },
      undefined,
    ],
    ['nothing of older models', { model, tools, max_tokens: 500, stop: 'x', temperature: 0.5 }, undefined],
  ])('%s', async (_what, change, param) => {
    const body = { messages: [user('Hi')], ...change } as OpenAI.Chat.ChatCompletionCreateParamsNonStreaming;
    const error: unknown = await client.chat.completions.create(body).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect((error as { param?: string } | undefined)?.param).toBe(param);
  });
});
