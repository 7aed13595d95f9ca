// A broker that stands still while many records are on their way to it: whatever was acknowledged is in the topic. On a
// broker of its own; skipped where its jars were never brought.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KafkaConfig } from '#config';
import { headerOf, kafkaJars, KafkaClient, startKafka, until, type ServiceHandle } from '#testing';
import { KafkaPublisher } from './kafka-publisher.js';
import { KafkaTopics } from './kafka-topics.js';

const withJars = kafkaJars() === undefined ? describe.skip : describe;
const RECORDS = 50;

withJars('KafkaPublisher', () => {
  const names = { send: 'sent', response: 'answered' };
  const topic = `${names.send}.dlq`;
  let broker: ServiceHandle;
  let kafka: KafkaClient;
  let publisher: KafkaPublisher;

  beforeAll(async () => {
    broker = await startKafka();
    const config = Object.assign(new KafkaConfig(), { brokers: [broker.url] });
    await new KafkaTopics(config).ensure([names.send, names.response], { dead: true });
    kafka = await KafkaClient.open([broker.url], names, 'publisher');
    publisher = new KafkaPublisher(config);
  }, 120_000);
  afterAll(async () => {
    await publisher.onApplicationShutdown();
    await kafka.close();
    await broker.stop();
  }, 60_000);

  it('has written what was acknowledged, however many were on their way', async () => {
    const send = async (n: number): Promise<string[]> => {
      const headers = { n: String(n) };
      try {
        await publisher.send({ topic, key: Buffer.from(String(n % 7)), value: Buffer.from('{}'), headers });
        return [headers.n];
      } catch {
        // Not acknowledged: nothing is promised about it.
        return [];
      }
    };
    broker.freeze();
    const sending: Promise<string[]>[] = [];
    for (let n = 0; n < RECORDS; n++) {
      sending.push(send(n));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    broker.thaw();
    const acknowledged = (await Promise.all(sending)).flat();
    await send(-2);
    const written = (): Set<string | undefined> =>
      new Set(kafka.of(topic).map((record) => headerOf(record, 'n')));
    await until(() => written().has('-2'), 30_000);
    expect(acknowledged.length).toBeGreaterThan(0);
    await until(() => acknowledged.every((n) => written().has(n)), 10_000);
  }, 120_000);
});
