import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { newId } from '#contracts';
import type { StateRedis } from '#redis';
import type { DefaultAssistant } from './default-assistant.js';
import { clearTestRedis, closeTestRedis, openTestRedis, sourceOf } from './testing.js';

describe('default assistant', () => {
  let redis: StateRedis;
  let key: string;
  beforeAll(async () => {
    redis = await openTestRedis();
    key = `${redis.keys.prefix}assistant_id`;
  });
  beforeEach(() => clearTestRedis(redis));
  afterAll(() => closeTestRedis(redis));

  const processWith = (env: Record<string, string> = {}): DefaultAssistant => sourceOf(redis, env);

  test('is made at first use, once however many ask, and its key never expires', async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => processWith().current()));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(made[0]).toMatchObject({ version: 1, model: 'gpt-6-luna', tools: [] });
    expect(await redis.client.get(key)).toBe(made[0]!.id);
    expect(await redis.client.ttl(key)).toBe(-1);
  });

  test('survives a restart; a changed configuration raises the version', async () => {
    const { id } = await processWith().current();
    expect(await processWith().current()).toMatchObject({ id, version: 1 });
    const changed = processWith({ OPENAI_MODEL: 'gpt-6-astra', OPENWEATHER_API_KEY: 'secret' });
    expect(await changed.current()).toMatchObject({
      id,
      version: 2,
      model: 'gpt-6-astra',
      tools: ['get_weather'],
    });
    expect(await changed.current()).toMatchObject({ version: 2 });
  });

  test.each(['asst_oldsystem123', 'x', '', newId('asst')])(
    'the planted id %j is replaced',
    async (planted) => {
      await redis.client.set(key, planted);
      const { id } = await processWith().current();
      expect(id).toMatch(/^asst_[0-9a-f]{32}$/);
      expect(id).not.toBe(planted);
      expect(await redis.client.get(key)).toBe(id);
    },
  );

  test('a run keeps its assistant, or gets the current one when that is gone', async () => {
    const assistant = processWith();
    const first = await assistant.current();
    const second = await assistant.create();
    expect(await assistant.current()).toEqual(second);
    expect(await assistant.resolve(first.id)).toEqual(first);
    expect(await assistant.delete(first.id)).toBe(true);
    expect(await assistant.delete(first.id)).toBe(false);
    expect(await assistant.resolve(first.id)).toEqual(second);
  });

  test('deleting the current one makes the next use create another', async () => {
    const assistant = processWith();
    const { id } = await assistant.current();
    await assistant.delete(id);
    expect(await redis.client.exists(key)).toBe(0);
    expect((await assistant.current()).id).not.toBe(id);
  });
});
