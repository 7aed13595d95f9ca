// What helps a request over Kafka before its model is asked, with two workers that know nothing of each other: the answer to a
// similar request, and the summary of a conversation's older turns. And a signature on each answer.
import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { headerOf, until } from '../support/kafka-client.js';
import { describeWithKafka, KafkaWorkers } from '../support/kafka-workers.js';

describeWithKafka('kafka-helpers.e2e-spec')('gpt-worker', () => {
  const SECRET_KEY = randomBytes(32).toString('base64');
  let story: KafkaWorkers;
  beforeAll(async () => {
    story = await KafkaWorkers.start(2, {
      SECRET_KEY,
      CACHE_TTL_SECONDS: '600',
      CACHE_SIMILARITY: '0.9',
      CONVERSATION_TURNS: '4',
      CONVERSATION_SUMMARY_MODEL: 'gpt-6-luna',
    });
  }, 120_000);
  afterAll(() => story?.stop(), 60_000);

  let asked = 0;
  async function ask(value: object): Promise<Record<string, unknown>> {
    const { id, kafka } = story;
    const key = `${id}-${asked++}`;
    await kafka.ask(key, { user_email: 'ada@example.com', ...value });
    await until(() => kafka.answers(key).length === 1, 20_000);
    return kafka.answers(key)[0]!.value as Record<string, unknown>;
  }

  test('gives an answer again to who asks nearly the same, and signs it', async () => {
    const { id, kafka } = story;
    const first = await ask({ message: 'How do I repair the broken furnace?' });
    expect(first).not.toHaveProperty('cached');
    const again = await ask({ message: 'please tell me how I can repair a broken furnace' });
    expect(again).toMatchObject({ response: first['response'], cached: true });
    expect(await ask({ message: 'What does an invoice cost?' })).not.toHaveProperty('cached');
    const record = kafka.of(kafka.names.response).find(({ key }) => key?.toString() === `${id}-1`)!;
    const mac = createHmac('sha256', SECRET_KEY).update(`parley-answer\n${id}-1\n`).update(record.value);
    expect(headerOf(record, 'x-parley-signature')).toBe(`sha256=${mac.digest('hex')}`);
  }, 60_000);

  test('remembers of a long conversation what does not go along any more', async () => {
    const conversation_id = `${story.id}-talk`;
    for (const message of ['my name is Ada', 'two', 'three', 'four', 'five', 'six'])
      await ask({ message, conversation_id });
    const last = await ask({ message: 'what is my name?', conversation_id });
    expect(last['response']).toContain('my name is Ada');
  }, 60_000);
});
