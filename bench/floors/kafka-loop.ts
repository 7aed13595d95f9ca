// The least that answers requests over Kafka: consume, ask the provider, produce, and commit by the clock. Nothing is durable
// before its acknowledgement, nothing is told twice apart, no state, no limits. With LANE the answers leave in transactions, one after the other,
// whatever has come meanwhile in each: what that alone costs.
import 'reflect-metadata';
import { createServer } from 'node:http';
import { Consumer, ProduceAcks, Producer, type Message } from '@platformatic/kafka';
import { Pool } from 'undici';
import { KafkaConfig } from '#config';
import { TransactionalLane, type OutgoingRecord } from '#messaging';

type Buffers = Message<Buffer, Buffer, Buffer, Buffer>;

const { BOOTSTRAP_SERVER, TOPIC_IN, TOPIC_OUT, UPSTREAM, GROUP, LANE, PORT, HOST } = process.env as Record<
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
  await produce({ topic: TOPIC_OUT!, key: message.key, value: Buffer.from(JSON.stringify(record)) });
}

async function oneByOne(record: OutgoingRecord): Promise<void> {
  await producer.send({
    acks: ProduceAcks.ALL,
    messages: [{ ...record, key: record.key!, value: record.value!, headers: {} }],
  });
}

async function inTransactions(name: string): Promise<(record: OutgoingRecord) => void> {
  const config = Object.assign(new KafkaConfig(), { brokers: [BOOTSTRAP_SERVER!] });
  const lane = await TransactionalLane.open(config, { name, topic: TOPIC_OUT! });
  let [waiting, cursor, busy]: [OutgoingRecord[], bigint, boolean] = [[], lane.cursor ?? 0n, false];
  const send = async (): Promise<void> => {
    busy = true;
    for (let batch = waiting; batch.length > 0; batch = waiting) {
      waiting = [];
      await lane.send(batch, (cursor += 1n));
    }
    busy = false;
  };
  return (record) => {
    waiting.push(record);
    if (!busy) void send();
  };
}

const produce = LANE ? await inTransactions(LANE) : oneByOne;

const stream = await consumer.consume({
  topics: [TOPIC_IN!],
  autocommit: 500,
  mode: 'committed',
  fallbackMode: 'earliest',
  maxWaitTime: 50,
});
stream.on('data', (message: Buffers) => void answer(message));
createServer((_, response) => response.end()).listen(Number(PORT), HOST);
