// Requests by Kafka, answered by three workers that are killed over and over: a reader of committed records sees one
// answer for each request, whatever happens in between.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Admin } from '@platformatic/kafka';
import { AppProcess } from '../support/app-process.js';
import { KafkaClient, until } from '../support/kafka-client.js';
import { startSystem, type ParleySystem } from '../support/system.js';

const brokers = (process.env['BOOTSTRAP_SERVER'] ?? '').split(',').filter(Boolean);
const withKafka = brokers.length > 0 ? describe : describe.skip;
if (brokers.length === 0) process.stderr.write('kafka.e2e-spec: BOOTSTRAP_SERVER is not set, skipped\n');

withKafka('gpt-worker', () => {
  const id = `e2e-${randomBytes(5).toString('hex')}`;
  const names = { send: 'gpt-send_dev', response: 'gpt-response_dev' };
  const workers: AppProcess[] = [];
  let parley: ParleySystem;
  let kafka: KafkaClient;

  beforeAll(async () => {
    parley = await startSystem({ streams: [], gateway: false });
    const env = {
      ...parley.env,
      // The stories ask more in a minute than a service lets people ask.
      REQUESTS_PER_MINUTE: '0',
      BOOTSTRAP_SERVER: brokers.join(','),
      CONSUMER_GROUP: id,
      IS_DEV: 'true',
      RUN_LEASE_MS: '1500',
    };
    for (let i = 0; i < 3; i++)
      workers.push(await AppProcess.start({ app: 'gpt-worker', env, readyPath: '/health/ready' }));
    kafka = await KafkaClient.open(brokers, names, id);
  }, 120_000);
  afterAll(async () => {
    await kafka?.close();
    await Promise.all(workers.map((worker) => worker.stop()));
    await parley?.stop();
  }, 60_000);

  const counts = (keys: string[]): number[] => keys.map((key) => kafka.answers(key).length);
  const batch = (name: string, n: number): string[] =>
    Array.from({ length: n }, (_, i) => `${id}-${name}-${i}`);

  test('topics and group carry the names of the environment, and the topics have partitions to share', async () => {
    const admin = new Admin({ clientId: id, bootstrapBrokers: brokers });
    const groups = await admin.listGroups();
    expect([...groups.keys()]).toContain(`${id}-dev`);
    const { topics } = await admin.metadata({ topics: [names.send, names.response] });
    expect(topics.get(names.send)!.partitionsCount).toBeGreaterThanOrEqual(3);
    await admin.close();
  });

  test('three workers share the requests, and each is answered once', async () => {
    const keys = batch('shared', 300);
    await kafka.askAll(keys.map((key) => [key, { message: `(${key}) hello` }]));
    await until(() => counts(keys).every((n) => n >= 1), 40_000);
    expect(counts(keys).every((n) => n === 1)).toBe(true);
  }, 60_000);

  test('workers are killed in the middle of it: no request is lost, none is answered twice', async () => {
    const keys = batch('killed', 400);
    let asked = 0;
    const asking = (async () => {
      for (; asked < keys.length; asked += 20) {
        await kafka.askAll(
          keys.slice(asked, asked + 20).map((key) => [key, { message: `(${key}) [[tokens 5]]` }]),
        );
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    })();
    for (let kills = 0; kills < 6; kills++) {
      await until(() => counts(keys).filter(Boolean).length > kills * 50 || asked >= keys.length, 40_000);
      const i = kills % workers.length;
      await workers[i]!.kill9();
      workers[i] = await workers[i]!.again();
    }
    await asking;
    await until(() => counts(keys).every((n) => n >= 1), 60_000);
    // A second answer would come with a repeat of what was in hand.
    await until(() => kafka.of(names.response).length > 0);
    await kafka.ask(`${id}-last`, { message: 'hello' });
    await until(() => kafka.answers(`${id}-last`).length === 1);
    expect(counts(keys).filter((n) => n !== 1)).toEqual([]);
    const requests = await parley.journal();
    expect(requests.length).toBeGreaterThanOrEqual(keys.length);
  }, 180_000);
});
