import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startEmulator, type RunningEmulator } from '../../../apps/openai-emulator/src/index.js';
import { loadConfig, RedisConfig } from '#config';
import { DEFAULT_TENANT } from '#contracts';
import { ConversationsClient, ModelCatalogue, ModelClients } from '#openai';
import { StateRedis } from '#redis';
import { OpenaiTranscript, ThreadInventory, ThreadStore } from '#threads';
import { ExpiredThreads } from './expired-threads.js';

let emulator: RunningEmulator;
let clients: ModelClients;
let client: ConversationsClient;
let redis: StateRedis;
let config: RedisConfig;

beforeAll(async () => {
  emulator = await startEmulator();
  clients = new ModelClients(
    {
      profiles: [{ name: 'default', apiKey: 'sk-test', baseURL: `${emulator.url}/v1` }],
      api: 'responses',
      timeouts: { first_output_ms: 5_000, idle_ms: 5_000 },
    },
    new ModelCatalogue(),
  );
  client = new ConversationsClient(clients.sdk());
  const REDIS_URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6390';
  config = loadConfig(RedisConfig, { REDIS_URL, REDIS_PREFIX: `test-${randomBytes(6).toString('hex')}:` });
  redis = new StateRedis(config);
  await redis.ready(5_000);
});
afterAll(async () => {
  await redis.client.unlink(await redis.client.keys(`${config.prefix}*`));
  await redis.close();
  await clients.close();
  await emulator.close();
});

test('an idle thread and its conversation are deleted, a busy one is not; a provider away fails the job', async () => {
  const store = new ThreadStore(redis, config);
  const transcript = new OpenaiTranscript(redis, client);
  const inventory = new ThreadInventory(redis, config);
  const job = new ExpiredThreads(inventory, client);
  const begin = async (channel: string): Promise<string> => {
    const thread = await store.open({ tenant: DEFAULT_TENANT, channel });
    const { conversation } = await transcript.context(thread);
    await client.addItems(conversation!, [{ role: 'user', content: 'secret' }]);
    return conversation!;
  };
  const [idle, busy] = [await begin('idle'), await begin('busy')];
  const thread = (await store.find({ tenant: DEFAULT_TENANT, channel: 'idle' }))!;
  const long = Date.now() - (config.threadExpirySeconds + 60) * 1_000;
  await redis.client.zadd(redis.keys.shardOf(thread.chk).threads, long, thread.id);

  emulator.control.addRule({
    match: { path: `/v1/conversations/${idle}`, method: 'DELETE' },
    directive: 'fail 500',
  });
  await expect(job.run()).rejects.toMatchObject({ kind: 'server' });
  expect(await client.exists(idle)).toBe(true);
  emulator.control.clearRules();
  expect(await job.run()).toEqual({ threads: 0, conversations: 1 });
  expect([await client.exists(idle), await client.exists(busy)]).toEqual([false, true]);
  expect(await job.run()).toEqual({ threads: 0, conversations: 0 });
});
