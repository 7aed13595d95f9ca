import { describe, expect, test } from '@jest/globals';
import { DEFAULT_TENANT } from '#contracts';
import { RedisTranscript } from './redis-transcript.js';
import { testState } from './testing.js';
import { answer, describeTranscriptStore, turnOf, user } from './transcript-store.contract.js';

describeTranscriptStore('redis', async () => {
  const state = await testState({ REDIS_SHARDS: '4' });
  const store = new RedisTranscript(state.redis, 200);
  return {
    state,
    store,
    speak: async () => {},
    past: async (thread) => (await store.context(thread)).history,
    close: () => state.close(),
  };
});

describe('context from redis', () => {
  test('takes the newest items of a long history, whole turns only', async () => {
    const state = await testState();
    try {
      const store = new RedisTranscript(state.redis, 5);
      const thread = await state.store.open({ tenant: DEFAULT_TENANT, channel: 'long' });
      for (let i = 0; i < 60; i++) await state.settle(thread, store.rows(thread, turnOf(`${i}`)));
      const { history } = await store.context(thread);
      expect(history).toEqual([
        { role: 'assistant', content: 'told 57' },
        user('ask 58'),
        answer('told 58'),
        user('ask 59'),
        answer('told 59'),
      ]);
    } finally {
      await state.close();
    }
  });

  test('is bounded in bytes however large the messages are', async () => {
    const state = await testState();
    try {
      const store = new RedisTranscript(state.redis, 200);
      const thread = await state.store.open({ tenant: DEFAULT_TENANT, channel: 'heavy' });
      const turn = turnOf('heavy');
      const heavy = { ...turn, input: [user('x'.repeat(250 * 1024))] };
      for (let i = 0; i < 20; i++)
        await state.settle(thread, store.rows(thread, { ...heavy, run_id: `${i}` }));
      const { history } = await store.context(thread);
      expect(history).toHaveLength(17);
      expect(JSON.stringify(history).length).toBeLessThanOrEqual(2 * 1024 * 1024);
    } finally {
      await state.close();
    }
  });
});
