// The worker's doors on a real Kafka: requests become runs, ends become responses, poison is set aside. Needs a
// broker in BOOTSTRAP_SERVER; without one it is skipped.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestMicroservice } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Consumer, Producer, type Message } from '@platformatic/kafka';
import { Redis } from 'ioredis';
import { ConfigModule, KafkaConfig, RedisConfig, RunsConfig } from '#config';
import { channelKey, DEFAULT_TENANT, runIdOf } from '#contracts';
import { KafkaServer } from '#messaging';
import { RedisModule, StateRedis } from '#redis';
import { OutboxModule, RunStore } from '#runs';
import { TelemetryModule } from '#telemetry';
import { sharedRedisUrl } from '#testing';
import { RequestsModule, ResponsesModule } from './app.module.js';
import { KafkaOutboxSender } from './responses/kafka-outbox.sender.js';

const brokers = (process.env['BOOTSTRAP_SERVER'] ?? '').split(',').filter(Boolean);
const withKafka = brokers.length > 0 ? describe : describe.skip;
if (brokers.length === 0) process.stderr.write('gpt-worker.spec: BOOTSTRAP_SERVER is not set, skipped\n');

type Buffers = Message<Buffer, Buffer, Buffer, Buffer>;
interface Answer {
  key: string;
  value: { response: string; finish_reason: string; error?: string; details?: string[] };
}

async function until(condition: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`still not so after ${ms} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

withKafka('gpt-worker', () => {
  const id = randomBytes(6).toString('hex');
  const kafka = Object.assign(new KafkaConfig(), { brokers, group: `t-${id}` });
  const redisConfig = Object.assign(new RedisConfig(), {
    url: sharedRedisUrl(),
    prefix: `t-${id}:`,
    strict: false,
  });
  const common = { clientId: `t-${id}`, bootstrapBrokers: brokers, autocreateTopics: true };
  const producer = new Producer<Buffer, Buffer, Buffer, Buffer>(common);
  const reader = new Consumer<Buffer, Buffer, Buffer, Buffer>({ ...common, groupId: `t-${id}-reader` });
  const seen: Buffers[] = [];
  let app: INestMicroservice;

  const start = async (): Promise<void> => {
    const module = await Test.createTestingModule({
      imports: [
        ConfigModule.of([kafka, redisConfig, new RunsConfig()]),
        TelemetryModule,
        RedisModule,
        OutboxModule.of([ResponsesModule], KafkaOutboxSender),
        RequestsModule,
      ],
    }).compile();
    module.useLogger(false);
    app = module.createNestMicroservice({ strategy: module.get(KafkaServer) });
    await app.listen();
    const server = app.get(KafkaServer);
    await until(() => server.intake.connected);
  };
  const send = (key: string | undefined, value: unknown): Promise<unknown> =>
    producer.send({
      messages: [
        {
          topic: 'gpt-send',
          ...(key !== undefined && { key: Buffer.from(key) }),
          ...(value !== undefined && {
            value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
          }),
        },
      ],
    });
  const ask = (key: string, value: object): Promise<unknown> => send(key, { key, value });
  const answers = (key: string): Answer[] =>
    seen
      .filter((message) => message.topic === 'gpt-response' && message.key?.toString() === key)
      .map((message) => JSON.parse(message.value.toString()) as Answer);
  const inbox = async (channel: string): Promise<string[]> => {
    const { client, keys } = app.get(StateRedis);
    const chk = channelKey({ tenant: DEFAULT_TENANT, channel });
    return client.lrange(keys.shardOf(chk).inbox(chk), 0, -1);
  };
  const run = (channel: string, key: string): string => runIdOf({ tenant: DEFAULT_TENANT, channel }, key);

  beforeAll(async () => {
    // The topics exist before the reader asks for their ends.
    await producer.metadata({ topics: ['gpt-send', 'gpt-send.dlq', 'gpt-response'], autocreateTopics: true });
    const stream = await reader.consume({
      topics: ['gpt-response', 'gpt-send.dlq'],
      autocommit: false,
      mode: 'latest',
    });
    stream.on('data', (message: Buffers) => seen.push(message));
    await start();
  }, 60_000);

  afterAll(async () => {
    await app.close();
    await Promise.all([producer.close(), reader.close(true)]);
    const cleaner = new Redis(redisConfig.url);
    for await (const keys of cleaner.scanStream({ match: `${redisConfig.prefix}*`, count: 1000 }))
      if ((keys as string[]).length > 0) await cleaner.del(...(keys as string[]));
    cleaner.disconnect();
  }, 30_000);

  it('makes a run of a request and a response of its end, under the same key', async () => {
    const key = `${id}-a`;
    await ask(key, { question: 'hello?', conversation_id: `talk-${id}` });
    await until(async () => (await inbox(`talk-${id}`)).length === 1);
    await app.get(RunStore).cancel(run(`talk-${id}`, key));
    await until(() => answers(key).length === 1);
    expect(answers(key)[0]).toMatchObject({ key, value: { finish_reason: 'error', error: 'run_cancelled' } });
    // The same request again: no second run, the same answer.
    await ask(key, { question: 'hello?', conversation_id: `talk-${id}` });
    await until(() => answers(key).length === 2);
    expect(answers(key)[1]).toEqual(answers(key)[0]);
    expect(await inbox(`talk-${id}`)).toEqual([]);
  });

  it('answers faults that have an asker, and sets poison aside while a good request goes on', async () => {
    await Promise.all([send(`${id}-x`, '{"broken'), send(`${id}-t`, undefined), send(`${id}-l`, [1])]);
    await ask(`${id}-bad`, { temperature: 0.5 });
    await ask(`${id}-good`, { message: 'hi' });
    await until(() => answers(`${id}-bad`).length === 1);
    expect(answers(`${id}-bad`)[0]!.value).toMatchObject({
      finish_reason: 'error',
      error: 'invalid_request',
    });
    await until(async () => (await inbox(`gpt:${id}-good`)).length === 1);
    const dead = (): Buffers[] =>
      seen.filter(({ topic, key }) => topic === 'gpt-send.dlq' && key?.toString().startsWith(id));
    await until(() => dead().length === 3);
    const reasons = dead().map(({ headers }) =>
      [...headers].find(([name]) => name.toString() === 'x-parley-reason')?.[1].toString(),
    );
    expect(reasons).toEqual(expect.arrayContaining(['invalid_json', 'invalid_request']));
  });

  it('reads on after a restart from what it had committed', async () => {
    await app.close();
    const ours = (): number => seen.filter(({ key }) => key?.toString().startsWith(id)).length;
    const before = ours();
    await ask(`${id}-later`, {});
    await start();
    await until(() => answers(`${id}-later`).length === 1);
    expect(ours() - before).toBe(1);
  });
});
