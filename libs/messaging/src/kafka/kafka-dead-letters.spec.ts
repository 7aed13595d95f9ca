// Dead letters on a real Kafka. Needs a broker in BOOTSTRAP_SERVER; without one it is skipped.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Admin, Consumer, Producer, type Message } from '@platformatic/kafka';
import { KafkaConfig } from '#config';
import { headerOf, until } from '#testing';
import { KafkaDeadLetters } from './kafka-dead-letters.js';
import { KafkaPublisher } from './kafka-publisher.js';
import { toDeadRecord, withoutValue } from './kafka-record.js';
import { KafkaTopics } from './kafka-topics.js';

const brokers = (process.env['BOOTSTRAP_SERVER'] ?? '').split(',').filter(Boolean);
const withKafka = brokers.length > 0 ? describe : describe.skip;
if (brokers.length === 0)
  process.stderr.write('kafka-dead-letters.spec: BOOTSTRAP_SERVER is not set, skipped\n');

type Buffers = Message<Buffer, Buffer, Buffer, Buffer>;

withKafka('KafkaDeadLetters', () => {
  const id = randomBytes(6).toString('hex');
  const topic = `asked-${id}`;
  const config = Object.assign(new KafkaConfig(), { brokers, group: `t-${id}` });
  const publisher = new KafkaPublisher(config);
  const letters = new KafkaDeadLetters(config, publisher);
  const common = { clientId: id, bootstrapBrokers: brokers };
  const reader = new Consumer<Buffer, Buffer, Buffer, Buffer>({ ...common, groupId: `t-${id}-reader` });
  const sent: Buffers[] = [];

  const dead = (key: string, value: string) =>
    toDeadRecord(
      {
        topic,
        partition: 0,
        offset: 7n,
        timestamp: 1n,
        key: Buffer.from(key),
        value: Buffer.from(value),
        signal: new AbortController().signal,
      },
      'invalid_json',
      'unable to read',
    );

  beforeAll(async () => {
    await new KafkaTopics(config).ensure([topic], { dead: true });
    const stream = await reader.consume({
      topics: [topic],
      mode: 'earliest',
      autocommit: false,
      maxWaitTime: 100,
    });
    stream.on('data', (message: Buffers) => sent.push(message));
  }, 30_000);
  afterAll(async () => {
    const admin = new Admin(common);
    await admin.deleteTopics({ topics: [topic, `${topic}.dlq`] });
    await Promise.all([admin.close(), reader.close(true), publisher.onApplicationShutdown()]);
  });

  it('has none of a topic that nothing was ever set aside from', async () => {
    expect(await letters.list(`never-${id}`, 10)).toEqual([]);
    expect(await letters.replayAll(`never-${id}`)).toEqual({ sent: 0, without_text: 0 });
  });

  it('lists what was set aside, sends it again once under its key, and passes over the rest', async () => {
    expect(await letters.list(topic, 10)).toEqual([]);
    await publisher.send(dead('a', '{"one'));
    await publisher.send(dead('b', '{"two'));
    await publisher.send(withoutValue(dead('c', '{"three')));
    const listed = await letters.list(topic, 10);
    expect(listed.map(({ message_id, bytes }) => [message_id, bytes]).toSorted()).toEqual([
      ['a', 5],
      ['b', 5],
      ['c', 7],
    ]);
    const first = listed.find(({ message_id }) => message_id === 'a');
    expect(first).toMatchObject({ reason: 'invalid_json', from: `${topic}:0:7` });
    expect(await letters.get(topic, first!.id)).toMatchObject({ body: '{"one' });
    await expect(letters.replay(topic, 'kafka:0:999')).rejects.toMatchObject({ code: 'not_found' });

    expect(await letters.replayAll(topic)).toEqual({ sent: 2, without_text: 1 });
    expect(await letters.replayAll(topic)).toEqual({ sent: 0, without_text: 0 });
    await until(() => sent.length === 2);
    expect(sent.map(({ key, value }) => [String(key), String(value)]).toSorted()).toEqual([
      ['a', '{"one'],
      ['b', '{"two'],
    ]);
    expect(headerOf(sent[0]!, 'x-parley-replayed')).toMatch(/^\d:\d$/);

    await publisher.send(dead('d', '{'));
    // Somebody else's, at a time that no calendar has.
    const foreign = new Producer<Buffer, Buffer, Buffer, Buffer>(common);
    const odd = {
      topic: `${topic}.dlq`,
      key: Buffer.from('e'),
      value: Buffer.from('{'),
      timestamp: -(2n ** 62n),
    };
    await foreign.send({ messages: [odd] });
    await foreign.close();
    const times = (await letters.list(topic, 10)).map(({ message_id, at }) => [message_id, at]);
    expect(times).toContainEqual(['e', 'unknown']);
    expect(await letters.passOver(topic)).toBe(2);
    expect(await letters.list(topic, 10)).toEqual([]);
  }, 60_000);
});
