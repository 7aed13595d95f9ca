// Requests by Kafka, answered by three workers that are killed over and over: a reader of committed records sees one
// answer for each request, whatever happens in between.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Admin } from '@platformatic/kafka';
import { until } from '../support/kafka-client.js';
import { describeWithKafka, KafkaWorkers, sharedBrokers } from '../support/kafka-workers.js';

describeWithKafka('kafka.e2e-spec')('gpt-worker', () => {
  let story: KafkaWorkers;
  beforeAll(async () => {
    story = await KafkaWorkers.start(3, { RUN_LEASE_MS: '1500' });
  }, 120_000);
  afterAll(() => story?.stop(), 60_000);

  const counts = (keys: string[]): number[] => keys.map((key) => story.kafka.answers(key).length);
  const batch = (name: string, n: number): string[] =>
    Array.from({ length: n }, (_, i) => `${story.id}-${name}-${i}`);

  test('topics and group carry the names of the environment, and the topics have partitions to share', async () => {
    const { id } = story;
    const { names } = story.kafka;
    const admin = new Admin({ clientId: id, bootstrapBrokers: [...sharedBrokers] });
    const groups = await admin.listGroups();
    expect([...groups.keys()]).toContain(`${id}-dev`);
    const { topics } = await admin.metadata({ topics: [names.send, names.response] });
    expect(topics.get(names.send)!.partitionsCount).toBeGreaterThanOrEqual(3);
    await admin.close();
  });

  test('three workers share the requests, and each is answered once', async () => {
    const keys = batch('shared', 300);
    await story.kafka.askAll(keys.map((key) => [key, { message: `(${key}) hello` }]));
    await until(() => counts(keys).every((n) => n >= 1), 40_000);
    expect(counts(keys).every((n) => n === 1)).toBe(true);
  }, 60_000);

  test('workers are killed in the middle of it: no request is lost, none is answered twice', async () => {
    const { id, kafka, parley, workers } = story;
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
    await until(() => kafka.of(kafka.names.response).length > 0);
    await kafka.ask(`${id}-last`, { message: 'hello' });
    await until(() => kafka.answers(`${id}-last`).length === 1);
    expect(counts(keys).filter((n) => n !== 1)).toEqual([]);
    const requests = await parley.journal();
    expect(requests.length).toBeGreaterThanOrEqual(keys.length);
  }, 180_000);
});
