// /conversations as the official SDK uses it, and the lock that a running response holds.

import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import OpenAI, { NotFoundError } from 'openai';

import type { RunningEmulator } from '../index.js';
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

const user = (content: string) => ({ type: 'message' as const, role: 'user' as const, content });

test('lives, is listed in pages, and leaves its items behind', async () => {
  const { id } = await client.conversations.create({ metadata: { channel: 'a' }, items: [user('one')] });
  await client.conversations.items.create(id, { items: [user('two'), user('three')] });
  await client.conversations.update(id, { metadata: { channel: 'b' } });
  expect(await client.conversations.retrieve(id)).toMatchObject({
    object: 'conversation',
    metadata: { channel: 'b' },
  });

  const page = await client.conversations.items.list(id, { limit: 2, order: 'asc' });
  expect(page.has_more).toBe(true);
  const all = [];
  for await (const item of client.conversations.items.list(id, { limit: 1 })) all.push(item);
  expect(all.map((item) => (item.type === 'message' ? item.content[0] : undefined))).toMatchObject([
    { text: 'three' },
    { text: 'two' },
    { text: 'one' },
  ]);

  const first = page.data[0]!.id!;
  await client.conversations.delete(id);
  await expect(client.conversations.retrieve(id)).rejects.toBeInstanceOf(NotFoundError);
  expect(await client.conversations.items.retrieve(first, { conversation_id: id })).toMatchObject({
    id: first,
  });
  await client.conversations.items.delete(first, { conversation_id: id });
  await expect(client.conversations.items.retrieve(first, { conversation_id: id })).rejects.toThrow();
});

test('refuses more than twenty items at once', async () => {
  const items = Array.from({ length: 21 }, () => user('x'));
  await expect(client.conversations.create({ items })).rejects.toMatchObject({
    status: 400,
    code: 'array_above_max_length',
  });
});

test('collects the items of responses and remembers them', async () => {
  const conversation = (await client.conversations.create()).id;
  await client.responses.create({ model, conversation, input: 'My dog is called Rex' });
  const answer = await client.responses.create({
    model,
    conversation: { id: conversation },
    input: 'Who is my dog?',
  });
  expect(answer.output_text).toContain('My dog is called Rex');
  expect(answer.conversation).toEqual({ id: conversation });
  const { data } = await client.conversations.items.list(conversation, { order: 'asc' });
  expect(data.map((item) => (item.type === 'message' ? item.role : item.type))).toEqual([
    'user',
    'assistant',
    'user',
    'assistant',
  ]);
});

test('is locked while a response runs, also after a cut, and free when it is cancelled', async () => {
  const conversation = (await client.conversations.create()).id;
  const input = '[[tokens 100]] [[rate 1]]';
  const running = await client.responses.create({ model, conversation, input, background: true });
  await expect(client.responses.create({ model, conversation, input: 'Hi' })).rejects.toMatchObject({
    status: 400,
    code: 'conversation_locked',
    param: 'conversation',
    type: 'invalid_request_error',
  });
  await client.responses.cancel(running.id);
  expect((await client.responses.create({ model, conversation, input: 'Hi' })).status).toBe('completed');
  const cut = await client.responses.create({
    model,
    conversation,
    input: '[[cut after 2]] [[tokens 9]]',
    stream: true,
  });
  const reading = (async () => {
    for await (const event of cut) void event;
  })();
  await expect(reading).rejects.toThrow();
  expect((await client.responses.create({ model, conversation, input: 'Hi again' })).status).toBe(
    'completed',
  );
  const { data } = await client.conversations.items.list(conversation);
  expect(data).toHaveLength(4);
});
