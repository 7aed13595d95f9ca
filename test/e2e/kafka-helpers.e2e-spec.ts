// What helps a request over Kafka before its model is asked, with two workers that know nothing of each other: the answer to a
// similar request, and the summary of a conversation's older turns. And a signature on each answer.
import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AppProcess } from '../support/app-process.js';
import { headerOf, KafkaClient, until } from '../support/kafka-client.js';
import { startSystem, type ParleySystem } from '../support/system.js';

const brokers = (process.env['BOOTSTRAP_SERVER'] ?? '').split(',').filter(Boolean);
const withKafka = brokers.length > 0 ? describe : describe.skip;
if (brokers.length === 0)
  process.stderr.write('kafka-helpers.e2e-spec: BOOTSTRAP_SERVER is not set, skipped\n');

withKafka('gpt-worker', () => {
  const id = `help-${randomBytes(5).toString('hex')}`;
  const names = { send: 'gpt-send_dev', response: 'gpt-response_dev' };
  const SECRET_KEY = randomBytes(32).toString('base64');
  const workers: AppProcess[] = [];
  let parley: ParleySystem;
  let kafka: KafkaClient;

  beforeAll(async () => {
    parley = await startSystem({ streams: [], gateway: false });
    const env = {
      ...parley.env,
      REQUESTS_PER_MINUTE: '0',
      BOOTSTRAP_SERVER: brokers.join(','),
      CONSUMER_GROUP: id,
      IS_DEV: 'true',
      SECRET_KEY,
      CACHE_TTL_SECONDS: '600',
      CACHE_SIMILARITY: '0.9',
      CONVERSATION_TURNS: '4',
      CONVERSATION_SUMMARY_MODEL: 'gpt-6-luna',
    };
    for (let i = 0; i < 2; i++)
      workers.push(await AppProcess.start({ app: 'gpt-worker', env, readyPath: '/health/ready' }));
    kafka = await KafkaClient.open(brokers, names, id);
  }, 120_000);
  afterAll(async () => {
    await kafka?.close();
    await Promise.all(workers.map((worker) => worker.stop()));
    await parley?.stop();
  }, 60_000);

  let asked = 0;
  async function ask(value: object): Promise<Record<string, unknown>> {
    const key = `${id}-${asked++}`;
    await kafka.ask(key, { user_email: 'ada@example.com', ...value });
    await until(() => kafka.answers(key).length === 1, 20_000);
    return kafka.answers(key)[0]!.value as Record<string, unknown>;
  }

  test('gives an answer again to who asks nearly the same, and signs it', async () => {
    const first = await ask({ message: 'How do I repair the broken furnace?' });
    expect(first).not.toHaveProperty('cached');
    const again = await ask({ message: 'please tell me how I can repair a broken furnace' });
    expect(again).toMatchObject({ response: first['response'], cached: true });
    expect(await ask({ message: 'What does an invoice cost?' })).not.toHaveProperty('cached');
    const record = kafka.of(names.response).find(({ key }) => key?.toString() === `${id}-1`)!;
    const mac = createHmac('sha256', SECRET_KEY).update(`parley-answer\n${id}-1\n`).update(record.value);
    expect(headerOf(record, 'x-parley-signature')).toBe(`sha256=${mac.digest('hex')}`);
  }, 60_000);

  test('remembers of a long conversation what does not go along any more', async () => {
    const conversation_id = `${id}-talk`;
    for (const message of ['my name is Ada', 'two', 'three', 'four', 'five', 'six'])
      await ask({ message, conversation_id });
    const last = await ask({ message: 'what is my name?', conversation_id });
    expect(last['response']).toContain('my name is Ada');
  }, 60_000);
});
