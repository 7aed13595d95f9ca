// The worker's doors on a real Kafka: requests become runs, ends become responses, poison is set aside, and nobody is
// answered twice. Needs a broker in BOOTSTRAP_SERVER; without one it is skipped.
import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestMicroservice } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  Admin,
  CompressionAlgorithms,
  ConfigResourceTypes,
  Connection,
  describeTransactionsV0,
  Producer,
} from '@platformatic/kafka';
import { Redis } from 'ioredis';
import { AccessConfig, ConfigModule, KafkaConfig, RedisConfig, RunsConfig, ServerConfig } from '#config';
import { channelKey, DEFAULT_TENANT, runIdOf } from '#contracts';
import { isTooLarge, KafkaServer, TransactionalLane } from '#messaging';
import { RedisModule, StateRedis } from '#redis';
import { OutboxModule, RunStore } from '#runs';
import { HealthRegistry, Metrics, TelemetryModule } from '#telemetry';
import { dropTestState, headerOf, KafkaClient, sharedRedisUrl, until } from '#testing';
import { RequestsModule, ResponsesModule } from './app.module.js';
import { KafkaOutboxSender } from './responses/kafka-outbox.sender.js';

const brokers = (process.env['BOOTSTRAP_SERVER'] ?? '').split(',').filter(Boolean);
const withKafka = brokers.length > 0 ? describe : describe.skip;
if (brokers.length === 0) process.stderr.write('gpt-worker.spec: BOOTSTRAP_SERVER is not set, skipped\n');

const MB = 1024 * 1024;

withKafka('gpt-worker', () => {
  const id = randomBytes(6).toString('hex');
  // Topics of its own, so that suites do not read each other's records.
  const topic = (name: string): string => `${name}-${id}`;
  const config = Object.assign(new KafkaConfig(), { brokers, group: `t-${id}`, topic });
  const redisConfig = Object.assign(new RedisConfig(), {
    url: sharedRedisUrl(),
    prefix: `t-${id}:`,
    strict: false,
  });
  const access = Object.assign(new AccessConfig(), { secretKey: 'shared' });
  const runs = Object.assign(new RunsConfig(), { queueDepthMax: 2 });
  const names = { send: topic('gpt-send'), response: topic('gpt-response') };
  let app: INestMicroservice;
  let kafka: KafkaClient;

  const start = async (): Promise<void> => {
    const module = await Test.createTestingModule({
      imports: [
        ConfigModule.of([access, config, redisConfig, runs, new ServerConfig()]),
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
  /** Everything that was ever sent comes once more, as after a crash before any commit. */
  const redeliverAll = async (): Promise<void> => {
    await app.close();
    const partitionOffsets = [0, 1, 2].map((partition) => ({ partition, offset: 0n }));
    await kafka.admin.alterConsumerGroupOffsets({
      groupId: config.groupId,
      topics: [{ name: names.send, partitionOffsets }],
    });
    await start();
  };
  const lag = async (): Promise<number> =>
    (await app.get(KafkaServer).lag()).reduce((sum, { records }) => sum + records, 0);
  const inbox = async (channel: string): Promise<string[]> => {
    const { client, keys } = app.get(StateRedis);
    const chk = channelKey({ tenant: DEFAULT_TENANT, channel });
    return client.lrange(keys.shardOf(chk).inbox(chk), 0, -1);
  };
  const cancel = async (channel: string, key: string): Promise<void> => {
    await until(async () => (await inbox(channel)).length > 0);
    await app.get(RunStore).cancel(runIdOf({ tenant: DEFAULT_TENANT, channel }, key));
  };

  beforeAll(async () => {
    await start();
    await until(async () => (await app.get(KafkaServer).lag()).length === 3);
    await until(async () => (await kafkaTopics()).includes(names.response));
    kafka = await KafkaClient.open(brokers, names, `t-${id}`);
  }, 60_000);
  const kafkaTopics = async (): Promise<string[]> => {
    const admin = new Admin({ clientId: id, bootstrapBrokers: brokers });
    const topics = await admin.listTopics();
    await admin.close();
    return topics;
  };

  afterAll(async () => {
    await app.close();
    const topics = [names.send, names.response, `${names.send}.dlq`];
    await kafka.admin.deleteTopics({ topics }).catch(() => undefined);
    await kafka.close();
    const state = new StateRedis(redisConfig);
    await state.ready(5_000);
    await dropTestState(state);
  }, 30_000);

  it('makes a run of a request and a response of its end, under the same key', async () => {
    const key = `${id}-a`;
    await kafka.ask(key, { question: 'hello?', conversation_id: `talk-${id}` });
    await cancel(`talk-${id}`, key);
    await until(() => kafka.answers(key).length === 1);
    expect(kafka.answers(key)[0]).toMatchObject({
      key,
      value: { finish_reason: 'error', error: 'run_cancelled' },
    });
    // The same request again: no second run, the same answer.
    await kafka.ask(key, { question: 'hello?', conversation_id: `talk-${id}` });
    await until(() => kafka.answers(key).length === 2);
    expect(kafka.answers(key)[1]).toEqual(kafka.answers(key)[0]);
    const written = kafka.of(names.response).find((record) => record.key?.toString() === key)!;
    const mac = createHmac('sha256', 'shared').update(`parley-answer\n${key}\n`).update(written.value);
    expect(headerOf(written, 'x-parley-signature')).toBe(`sha256=${mac.digest('hex')}`);
    expect(await inbox(`talk-${id}`)).toEqual([]);
  });

  it('sets poison aside with its reason, answers who can be answered, and goes on', async () => {
    const good = JSON.stringify({ key: 'k', value: { message: 'hi' } });
    const poison: [string | undefined, Buffer | string | undefined, string][] = [
      [`${id}-empty`, '', 'invalid_request'],
      [`${id}-tombstone`, undefined, 'invalid_request'],
      [`${id}-broken`, '{"key"', 'invalid_json'],
      [`${id}-text`, 'hello', 'invalid_json'],
      [`${id}-list`, '[1]', 'invalid_request'],
      [`${id}-bare`, '{"message":"hi"}', 'invalid_request'],
      [`${id}-encoding`, Buffer.from([0x22, 0xff, 0x22]), 'invalid_encoding'],
      [`${id}-long${'k'.repeat(600)}`, good, 'invalid_request'],
      [undefined, '{', 'invalid_json'],
    ];
    for (const [key, value] of poison) await kafka.send(key, value);
    await kafka.ask(`${id}-types`, { message: 7, temperature: 'hot' });
    await kafka.send('{', JSON.stringify({ key: 'x', value: { message: `hi ${id}` } }));
    await kafka.ask(`${id}-good`, { message: 'hi' });
    await until(() => kafka.answers(`${id}-types`).length === 1);
    expect(kafka.answers(`${id}-types`)[0]!.value).toMatchObject({
      finish_reason: 'error',
      error: 'invalid_request',
      details: expect.any(Array),
    });
    await until(async () => (await inbox(`gpt:${id}-good`)).length === 1);
    await cancel('gpt:{', '{');
    await until(() => kafka.answers('{').length === 1);
    await until(() => kafka.dead().length === poison.length);
    const reasons = new Map<string | undefined, string | undefined>(
      kafka.dead().map((dead) => [dead.key?.toString(), headerOf(dead, 'x-parley-reason')]),
    );
    for (const [key, , reason] of poison) expect([key, reasons.get(key)]).toEqual([key, reason]);
    await until(async () => (await lag()) === 0);
  });

  it('takes and writes records of 9 MB, and tells who sent one that is too large for a message', async () => {
    const key = `${id}-large`;
    await kafka.ask(key, { message: 'x'.repeat(9 * MB) });
    await until(() => kafka.answers(key).length === 1);
    expect(kafka.answers(key)[0]!.value).toMatchObject({ finish_reason: 'error', error: 'invalid_request' });
    await kafka.send(`${id}-huge`, `{"${'y'.repeat(9 * MB)}`);
    await until(() => kafka.dead().some((dead) => dead.key?.toString() === `${id}-huge`), 30_000);
    // An answer of that size, as it stands in the outbox.
    const { client, keys } = app.get(StateRedis);
    const end = {
      type: 'run.completed',
      run_id: 'r',
      message_id: 'm',
      thread_id: null,
      text: 'z'.repeat(9 * MB),
    };
    const reply = { kind: 'kafka', topic: 'gpt-response', key: `${id}-out` };
    const entry = JSON.stringify({ at: Date.now(), channel: 'c', reply, end: { ...end, at: 1, attempt: 1 } });
    const huge = JSON.stringify({
      at: Date.now(),
      channel: 'c',
      reply: { ...reply, key: `${id}-over` },
      end: { ...end, text: 'z'.repeat(11 * MB), at: 1, attempt: 1 },
    });
    await client.xadd(keys.all()[0]!.outbox('kafka'), '*', 'e', entry);
    await client.xadd(keys.all()[0]!.outbox('kafka'), '*', 'e', huge);
    await until(() => kafka.answers(`${id}-over`).length === 1, 30_000);
    expect(kafka.answers(`${id}-out`)[0]!.value.response).toHaveLength(9 * MB);
    expect(kafka.answers(`${id}-over`)[0]!.value).toMatchObject({ error: 'too_large' });
  }, 60_000);

  it('is not filled by what is small only while it is compressed', async () => {
    const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
      clientId: id,
      bootstrapBrokers: brokers,
    });
    const compressed = (key: string, bytes: number) =>
      producer.send({
        compression: CompressionAlgorithms.GZIP,
        messages: [{ topic: names.send, key: Buffer.from(key), value: Buffer.alloc(bytes, 'x') }],
      });
    const refused: unknown = await compressed(`${id}-bomb`, 20 * MB).catch((error: unknown) => error);
    expect(isTooLarge(refused)).toBe(true);
    // As somebody else may have made the topic. The brokers close the connection on a request of that size.
    const configs = [{ name: 'max.message.bytes', value: String(10 * MB) }];
    const resource = {
      resourceType: ConfigResourceTypes.TOPIC,
      resourceName: names.send,
      configs,
    };
    await kafka.admin.alterConfigs({ resources: [resource] });
    await until(async () => compressed(`${id}-let-through`, 110 * MB).then(() => true, isNotTooLarge));
    await until(() => kafka.dead().some((dead) => dead.key?.toString() === `${id}-let-through`), 30_000);
    const dead = kafka.dead().find((found) => found.key?.toString() === `${id}-let-through`)!;
    expect(headerOf(dead, 'x-parley-reason')).toBe('too_large');
    expect(headerOf(dead, 'x-parley-omitted')).toBe(String(110 * MB));
    await producer.close();
  }, 60_000);
  const isNotTooLarge = (error: unknown): boolean => {
    if (!isTooLarge(error)) throw error;
    return false;
  };

  it('answers nothing twice when every record is delivered again', async () => {
    await kafka.ask(`${id}-a`, { question: 'another prompt', conversation_id: `talk-${id}` });
    await until(() => kafka.answers(`${id}-a`).length === 3);
    expect(kafka.answers(`${id}-a`)[2]!.value).toMatchObject({ error: 'message_id_conflict' });
    await until(async () => (await lag()) === 0);
    const before = kafka.of(names.response).length;
    await redeliverAll();
    await kafka.ask(`${id}-after`, {});
    await until(() => kafka.answers(`${id}-after`).length === 1);
    await until(async () => (await lag()) === 0);
    expect(kafka.of(names.response).length - before).toBe(1);
  }, 60_000);

  it('lets the newest owner of a lane write, and nobody before it', async () => {
    const options = { name: `t-${id}-lane`, topic: names.response };
    const record = (key: string) => ({
      topic: names.response,
      key: Buffer.from(key),
      value: Buffer.from('{}'),
    });
    const old = await TransactionalLane.open(config, options);
    await old.send([record(`${id}-first`)], 10n);
    const owner = await TransactionalLane.open(config, options);
    expect(owner.cursor).toBe(10n);
    await expect(old.send([record(`${id}-zombie`)], 11n)).rejects.toThrow();
    await owner.send([record(`${id}-second`)], 12n);
    await until(() => kafka.answers(`${id}-second`).length === 1);
    expect([kafka.answers(`${id}-first`), kafka.answers(`${id}-zombie`)].map((all) => all.length)).toEqual([
      1, 0,
    ]);
    await Promise.all([old.close(), owner.close()]);
  }, 30_000);

  it('begins the next transaction ahead, but holds none open while there is nothing to send', async () => {
    const name = `t-${id}-quiet`;
    const record = (key: string) => ({
      topic: names.response,
      key: Buffer.from(key),
      value: Buffer.from('{}'),
    });
    const [host, port] = config.brokers[0]!.split(':');
    const connection = new Connection(name);
    await connection.connect(host!, Number(port));
    const state = async () =>
      (await describeTransactionsV0.api.async(connection, [name])).transactionStates[0]!.transactionState;
    const lane = await TransactionalLane.open(config, { name, topic: names.response });
    await lane.send([record(`${id}-busy`)], 10n);
    await until(async () => (await state()) === 'Ongoing');
    await until(async () => (await state()) === 'CompleteAbort');
    await lane.send([record(`${id}-again`)], 11n);
    await until(() => kafka.answers(`${id}-again`).length === 1);
    expect([kafka.answers(`${id}-busy`).length, lane.cursor]).toEqual([1, 11n]);
    await Promise.all([lane.close(), connection.close()]);
  }, 30_000);

  it('sends what Redis knows although it has lost what it knew, and says so', async () => {
    const { client, keys } = app.get(StateRedis);
    await client.del(keys.all()[0]!.outbox('kafka'));
    await app.close();
    // Written behind the cursor, as by a Redis whose data and clock went back.
    const refusal = { code: 'invalid_request', details: [] };
    const reply = { kind: 'kafka', topic: 'gpt-response', key: `${id}-back` };
    const redis = new Redis(redisConfig.url);
    await redis.xadd(keys.all()[0]!.outbox('kafka'), '5-0', 'e', JSON.stringify({ at: 1, reply, refusal }));
    redis.disconnect();
    await start();
    await until(() => kafka.answers(`${id}-back`).length === 1);
    expect(await app.get(Metrics).scrape()).toContain('parley_outbox_rollbacks_total 1');
  }, 30_000);

  it('reads partitions that were added, and a topic that was made anew', async () => {
    const { admin } = kafka;
    const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({
      clientId: id,
      bootstrapBrokers: brokers,
    });
    const ask = (partition: number, key: string) =>
      producer.send({
        messages: [
          {
            topic: names.send,
            partition,
            key: Buffer.from(key),
            value: Buffer.from(JSON.stringify({ key, value: {} })),
          },
        ],
      });
    await admin.createPartitions({ topics: [{ name: names.send, count: 4 }] });
    await until(async () =>
      ask(3, `${id}-added`).then(
        () => true,
        () => false,
      ),
    );
    await until(() => kafka.answers(`${id}-added`).length > 0, 45_000);
    await admin.deleteTopics({ topics: [names.send] });
    await until(
      async () =>
        ask(0, `${id}-anew`).then(
          () => true,
          () => false,
        ),
      45_000,
    );
    await until(() => kafka.answers(`${id}-anew`).length > 0, 45_000);
    await producer.close();
  }, 150_000);

  it('tells by its health and metrics how it is', async () => {
    const parts = async () =>
      new Map((await app.get(HealthRegistry).report()).parts.map((p) => [p.name, p.status]));
    expect((await parts()).get('kafka_broker')).toBe('up');
    expect((await parts()).get('queue_depth')).toBe('up');
    for (const key of ['d1', 'd2', 'd3']) await kafka.ask(`${id}-${key}`, { message: 'hi' });
    await until(async () => (await parts()).get('queue_depth') === 'down');
    expect(await app.get(Metrics).scrape()).toContain(
      `parley_kafka_consumer_lag{topic="${names.send}",partition="0"}`,
    );
  });
});
