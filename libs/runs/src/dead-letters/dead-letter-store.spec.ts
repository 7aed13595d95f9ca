// Letters on a real Redis; the runs that wrote them are not needed here.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RedisConfig, RunsConfig } from '#config';
import { channelKey } from '#contracts';
import type { StateRedis } from '#redis';
import { Metrics } from '#telemetry';
import { dropTestState, openTestState } from '#testing';
import { Intake } from '../intake/intake.js';
import { OwnWork } from '../own-work.js';
import { DoorScripts } from '../scripts/door-scripts.js';
import { DeadLetterStore } from './dead-letter-store.js';

let redis: StateRedis;
let intake: Intake;
let store: DeadLetterStore;

beforeAll(async () => {
  redis = await openTestState();
  const config = Object.assign(new RunsConfig(), { channelBacklog: 2 });
  intake = new Intake(new DoorScripts(redis, config, new RedisConfig()), new Metrics(), new OwnWork());
  store = new DeadLetterStore(redis, intake);
});
afterAll(() => dropTestState(redis));

let planted = 0;
const plant = async (channel: string, replies?: object[]): Promise<void> => {
  const ref = { tenant: 'default', channel };
  const at = ++planted;
  const letter = { ...ref, run_id: 'r', message_id: `m-${at}`, message: 'hello', generation: 0, at };
  await redis.client.xadd(
    redis.keys.shardOf(channelKey(ref)).dead,
    `${at}-0`,
    'e',
    JSON.stringify({ ...letter, source: 'rest', reason: 'timeout', detail: '', attempts: 1 }),
    ...(replies ? ['replies', JSON.stringify(replies)] : []),
  );
};
const waiting = (channel: string): Promise<number> => {
  const chk = channelKey({ tenant: 'default', channel });
  return redis.client.llen(redis.keys.shardOf(chk).inbox(chk));
};

test('all that are there are replayed; those of a full channel stay and do not hold up the others', async () => {
  for (let i = 0; i < 110; i++) await plant(`c${i}`);
  for (let i = 0; i < 3; i++) await plant('narrow');
  expect(await store.replayAll()).toEqual({ replayed: 112, kept: 1 });
  expect([await waiting('c0'), await waiting('c109'), await waiting('narrow')]).toEqual([1, 1, 2]);
  expect((await store.list({ limit: 10 })).items).toMatchObject([{ channel: 'narrow' }]);
});

test('a letter that somebody else took in the meantime is passed over', async () => {
  await plant('taken');
  await plant('left');
  const list = store.list.bind(store);
  const before = new DeadLetterStore(redis, intake);
  before.list = async (page) => {
    const found = await list(page);
    await store.remove(found.items.find(({ channel }) => channel === 'taken')!.id);
    return found;
  };
  expect(await before.replayAll()).toMatchObject({ replayed: 1 });
  expect([await waiting('taken'), await waiting('left')]).toEqual([0, 1]);
});

test('a replay knows every address that the letter has', async () => {
  const askers = ['a', 'b'].map((to) => ({ kind: 'amqp', to }));
  await plant('asked', askers);
  const { id } = (await store.list({ limit: 100 })).items.find(({ channel }) => channel === 'asked')!;
  expect(await store.get(id)).toMatchObject({ replies: askers });
  const { run_id } = await store.replay(id);
  const shard = redis.keys.shardOf(channelKey({ tenant: 'default', channel: 'asked' }));
  expect(await redis.client.lrange(shard.replies(run_id), 0, -1)).toEqual(
    askers.map((address) => `amqp ${JSON.stringify(address)}`),
  );
});
