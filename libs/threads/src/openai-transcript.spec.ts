import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startEmulator, type RunningEmulator } from '../../../apps/openai-emulator/src/index.js';
import { DEFAULT_TENANT } from '#contracts';
import { ConversationsClient, ModelCatalogue, ModelClients } from '#openai';
import { OpenaiTranscript } from './openai-transcript.js';
import { testState, type TestState } from './testing.js';
import { answer, call, describeTranscriptStore, turnOf, user } from './transcript-store.contract.js';

const clientOf = (emulator: RunningEmulator): ConversationsClient =>
  new ConversationsClient(
    new ModelClients(
      {
        profiles: [{ name: 'default', apiKey: 'sk-test', baseURL: `${emulator.url}/v1` }],
        api: 'responses',
        timeouts: { first_output_ms: 5_000, idle_ms: 5_000 },
      },
      new ModelCatalogue(),
    ).sdk(),
  );

const itemsOf = async (client: ConversationsClient, conversation: string) => {
  const items = [];
  for await (const item of client.listItems(conversation)) items.push(item);
  return items;
};

describeTranscriptStore('openai', async () => {
  const emulator = await startEmulator();
  const client = clientOf(emulator);
  const state = await testState({ REDIS_SHARDS: '4' });
  const store = new OpenaiTranscript(state.redis, client);
  return {
    state,
    store,
    speak: async (thread, items) => void (await client.addItems(thread.conversation_id!, items)),
    past: async (thread) => {
      const { history, conversation } = await store.context(thread);
      return [...history, ...(await itemsOf(client, conversation!))];
    },
    close: async () => {
      await state.close();
      await emulator.close();
    },
  };
});

describe('conversations at the provider', () => {
  let emulator: RunningEmulator;
  let client: ConversationsClient;
  let state: TestState;
  let store: OpenaiTranscript;
  beforeAll(async () => {
    emulator = await startEmulator();
    client = clientOf(emulator);
    state = await testState();
    store = new OpenaiTranscript(state.redis, client);
  });
  afterAll(async () => {
    await state.close();
    await emulator.close();
  });

  const open = (channel: string) => state.store.open({ tenant: DEFAULT_TENANT, channel });

  test('a conversation is made at the first message and known to the next worker', async () => {
    const thread = await open('lazy');
    expect(thread.conversation_id).toBeUndefined();
    const { conversation } = await store.context(thread);
    expect(thread.conversation_id).toBe(conversation);
    expect((await open('lazy')).conversation_id).toBe(conversation);
  });

  test('one that is gone upstream is replaced', async () => {
    const thread = await open('gone');
    const { conversation } = await store.context(thread);
    await client.addItems(conversation!, [user('old')]);
    await state.settle(thread, store.rows(thread, turnOf('old')));
    await client.delete(conversation!);
    const again = await store.context(thread);
    expect(again.conversation).not.toBe(conversation);
    expect((await open('gone')).conversation_id).toBe(again.conversation);
    expect(await itemsOf(client, again.conversation!)).toEqual([]);
  });

  test('two that race agree on one conversation', async () => {
    const threads = await Promise.all([open('race'), open('race')]);
    const contexts = await Promise.all(threads.map((thread) => store.context(thread)));
    expect(contexts[0]!.conversation).toBe(contexts[1]!.conversation);
  });

  test('a call without its output is taken out of a finished turn', async () => {
    const thread = await open('broken');
    const { conversation } = await store.context(thread);
    await client.addItems(conversation!, [user('q'), answer('a'), call('c1')]);
    await state.settle(thread, store.rows(thread, turnOf('broken')));
    await store.context(thread);
    expect((await itemsOf(client, conversation!)).map(({ type }) => type)).toEqual(['message', 'message']);
  });

  test('erasing deletes the items before the conversation', async () => {
    const thread = await open('erase');
    const { conversation } = await store.context(thread);
    await client.addItems(
      conversation!,
      Array.from({ length: 130 }, (_, i) => user(`secret ${i}`)),
    );
    const [first] = await itemsOf(client, conversation!);
    await store.erase(thread.id, conversation);
    expect(await client.exists(conversation!)).toBe(false);
    const url = `${emulator.url}/v1/conversations/${conversation}/items/${first!.id}`;
    expect((await fetch(url, { headers: { authorization: 'Bearer sk-test' } })).status).toBe(404);
  });

  test('nothing of the content is kept here', async () => {
    const thread = await open('nothing');
    await store.context(thread);
    expect(store.rows(thread, turnOf('canary')).join()).not.toMatch(/told|ask/);
  });
});
