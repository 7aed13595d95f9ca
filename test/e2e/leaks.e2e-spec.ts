// A provider that tells too much: part of a key, accounts, hosts, a stack. Whoever asked gets the code of ours, and neither
// operators' lists nor logs nor metrics hold what was told.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Consumer, Producer } from '@platformatic/kafka';
import { AppProcess } from '../support/app-process.js';
import { startSystem, type ParleySystem } from '../support/system.js';

const TOLD = /leak|10\.11\.12\.13|8443|sk-proj|sk-e2e|app\.js|owner\.example/i;
const brokers = process.env['BOOTSTRAP_SERVER'] ?? '';

let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem({ env: { MAX_RETRIES: '1' } });
}, 90_000);
afterAll(() => parley?.stop(), 30_000);

const KINDS = [
  ['400', 'upstream_rejected'],
  ['404', 'upstream_not_found'],
  ['context', 'context_too_long'],
  ['500', 'upstream_unavailable'],
] as const;

test.each(KINDS)(
  'a %s that tells too much is told as %s, at every door',
  async (what, code) => {
    const channel = `indiscreet-${what}`;
    const inbox = await parley.rabbit.replies();
    const [plain, delta] = [
      await parley.subscribe(channel),
      await parley.subscribe(channel, { format: 'delta' }),
    ];
    const message = `hello [[fail ${what} leak=yes]]`;
    await parley.publish(channel, 'm-1', message, { replyTo: inbox.queue, correlationId: 'c-1' });
    const frames = await plain.answer('m-1', 25_000);
    expect(frames.at(-1)).toMatchObject({ status: 'error', error_details: expect.stringContaining(code) });
    expect(await delta.next(({ type }) => type === 'run.failed')).toMatchObject({ code });
    const reply = await inbox.next();
    expect(reply.body).toMatchObject({ status: 'error', error_details: expect.stringContaining(code) });

    const sent = await parley.rest('POST', `/channels/${channel}/messages`, { message, message_id: 'm-1' });
    expect(sent.body).toMatchObject({ duplicate: true, result: { error: { code } } });
    const run = await parley.rest('GET', `/runs/${String(sent.body['run_id'])}`);
    expect(run.body).toMatchObject({ status: 'failed' });
    const sse = await fetch(`${parley.delivery.url}/channels/${channel}/events?cursor=none:0`, {
      signal: AbortSignal.timeout(1_000),
    });
    const events = await readAWhile(sse);
    expect(events).toContain(code);
    const told = [frames, delta.frames, reply, sent.body, run.body, events].map((one) => JSON.stringify(one));
    for (const text of told) expect(text).not.toMatch(TOLD);
  },
  60_000,
);

test('operators’ lists, logs and metrics hold none of it', async () => {
  const { body } = await parley.admin('GET', '/dead-letters?limit=100');
  const letters = body['items'] as { id: string; detail: string; channel: string }[];
  // A conversation that is too long is its writer's to mend.
  expect(letters.length).toBe(KINDS.length - 1);
  for (const { detail } of letters) expect(detail).not.toMatch(TOLD);
  for (const app of [parley.gateway!, ...parley.streams]) {
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    const health = await (await fetch(`${app.url}/health/ready`)).text();
    for (const text of [metrics, health, app.log()]) expect(text.match(TOLD)?.[0]).toBeUndefined();
  }
});

(brokers === '' ? test.skip : test)(
  'nor does Kafka’s answer',
  async () => {
    const id = randomBytes(6).toString('hex');
    const env = { ...parley.env, BOOTSTRAP_SERVER: brokers, CONSUMER_GROUP: `indiscreet-${id}` };
    const worker = await AppProcess.start({ app: 'gpt-worker', env, readyPath: '/health/ready' });
    const bootstrapBrokers = brokers.split(',');
    const producer = new Producer({ clientId: id, bootstrapBrokers, autocreateTopics: true });
    const reader = new Consumer({
      clientId: id,
      groupId: `r-${id}`,
      bootstrapBrokers,
      autocreateTopics: true,
    });
    try {
      const stream = await reader.consume({ topics: ['gpt-response'], mode: 'earliest', autocommit: false });
      const value = { key: id, value: { message: 'hello [[fail 400 leak=yes]]' } };
      await producer.send({
        messages: [{ topic: 'gpt-send', key: Buffer.from(id), value: Buffer.from(JSON.stringify(value)) }],
      });
      for await (const record of stream) {
        if (String(record.key) !== id) continue;
        expect(String(record.value)).toContain('upstream_rejected');
        expect(String(record.value)).not.toMatch(TOLD);
        break;
      }
      expect(worker.log().match(TOLD)?.[0]).toBeUndefined();
    } finally {
      await Promise.allSettled([producer.close(true), reader.close(true)]);
      await worker.stop();
    }
  },
  90_000,
);

/** What a stream says in a second. */
async function readAWhile(response: Response): Promise<string> {
  let text = '';
  try {
    for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>)
      text += Buffer.from(bytes).toString();
  } catch {
    // The second is over.
  }
  return text;
}
