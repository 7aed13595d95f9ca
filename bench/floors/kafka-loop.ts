// The least that answers requests over Kafka: consume, ask the provider, produce, and commit by the clock. Nothing is durable
// before its acknowledgement, nothing is told twice apart, no state, no limits.
import { createServer } from 'node:http';
import { Consumer, ProduceAcks, Producer, type Message } from '@platformatic/kafka';
import { Pool } from 'undici';

type Buffers = Message<Buffer, Buffer, Buffer, Buffer>;

const { BOOTSTRAP_SERVER, TOPIC_IN, TOPIC_OUT, UPSTREAM, GROUP, PORT, HOST } = process.env as Record<
  string,
  string
>;
const common = { clientId: 'floor', bootstrapBrokers: [BOOTSTRAP_SERVER!] };
const producer = new Producer<Buffer, Buffer, Buffer, Buffer>(common);
const consumer = new Consumer<Buffer, Buffer, Buffer, Buffer>({ ...common, groupId: GROUP! });
const pool = new Pool(UPSTREAM!, { connections: 128 });

async function answer(message: Buffers): Promise<void> {
  const { value } = JSON.parse(message.value.toString()) as { value: { message: string } };
  const response = await pool.request({
    method: 'POST',
    path: '/v1/responses',
    headers: { authorization: 'Bearer bench', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', input: value.message, store: false }),
  });
  const { output } = (await response.body.json()) as { output: { content?: { text: string }[] }[] };
  const key = message.key.toString();
  const record = {
    key,
    value: { response: output[0]?.content?.[0]?.text ?? '', timestamp: new Date().toISOString() },
  };
  await producer.send({
    acks: ProduceAcks.ALL,
    messages: [{ topic: TOPIC_OUT!, key: message.key, value: Buffer.from(JSON.stringify(record)) }],
  });
}

const stream = await consumer.consume({
  topics: [TOPIC_IN!],
  autocommit: 500,
  mode: 'committed',
  fallbackMode: 'earliest',
  maxWaitTime: 50,
});
stream.on('data', (message: Buffers) => void answer(message));
createServer((_, response) => response.end()).listen(Number(PORT), HOST);
