// How fast waiting RabbitMQ messages become durable runs: Parley's ingress alone (no workers) beside two bare consumers, in
// turns. Redis has every message on disk (appendfsync always) before its acknowledgement.
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type ConfirmChannel } from 'amqplib';
import { Redis } from 'ioredis';
import { Keys } from '#redis';
import { startRabbit } from '#testing';
import { median } from '../measure/percentiles.js';
import { awaitQuiet } from '../measure/machine.js';
import { Rig, type Program } from '../rig/rig.js';
import type { Case, Settings } from './case.js';

const LEAST_PER_SECOND = 2_000;
const CHANNELS = 500;
const LOOK_MS = 10;
const LIMIT_MS = 120_000;

const WAYS = ['bare-ack', 'bare-store', 'parley'] as const;
type Way = (typeof WAYS)[number];

interface Scene {
  rig: Rig;
  redis: Redis;
  rabbit: { url: string; channel: ConfirmChannel };
  messages: number;
}

export const intake: Case = {
  name: 'intake',
  async run(settings) {
    const rig = await Rig.open(settings, 'always');
    const broker = await startRabbit();
    const connection = await connect(broker.url);
    const redis = new Redis(rig.redis.url);
    try {
      const rabbit = { url: broker.url, channel: await connection.createConfirmChannel() };
      const scene: Scene = { rig, redis, rabbit, messages: settings.quick ? 5_000 : 20_000 };
      return toFigures(await turns(scene, settings));
    } finally {
      redis.disconnect();
      await connection.close();
      await broker.stop();
      await rig.close();
    }
  },
};

async function turns(scene: Scene, settings: Settings): Promise<Map<Way, number[]>> {
  const { rounds, note } = settings;
  const rates = new Map<Way, number[]>(WAYS.map((way) => [way, []]));
  for (let i = 0; i < rounds; i++) {
    for (const way of WAYS) {
      await awaitQuiet(settings);
      const rate = await once(way, scene, `${way}${i}`);
      rates.get(way)!.push(rate);
      note(`${way.padEnd(12)} ${Math.round(rate)} messages/s`);
    }
  }
  return rates;
}

/** @returns messages per second from the first tenth to the last message, so that a start is not measured */
async function once(way: Way, scene: Scene, name: string): Promise<number> {
  const { rig, redis, rabbit, messages } = scene;
  const queue = `bench_${name}`;
  const prefix = `${name}:`;
  const shard = new Keys(prefix, 1).all()[0]!;
  const arguments_ = {
    'x-max-priority': 10,
    'x-message-ttl': 3_600_000,
    'x-dead-letter-exchange': `${queue}_exchange_dlx`,
  };
  await rabbit.channel.assertQueue(queue, { durable: true, arguments: arguments_ });
  for (let i = 0; i < messages; i++) {
    const body = {
      channel: `${name}-${i % CHANNELS}`,
      message_id: `m${i}`,
      message: 'What is the weather in Rome?',
    };
    rabbit.channel.sendToQueue(queue, Buffer.from(JSON.stringify(body)), { persistent: true });
    if (i % 1_000 === 999) await rabbit.channel.waitForConfirms();
  }
  await rabbit.channel.waitForConfirms();

  const starting = start(way, rig, rabbit.url, queue, prefix);
  const count = async (): Promise<number> =>
    Number(
      (way === 'parley' ? await redis.hget(shard.counters, 'open') : await redis.get(`${prefix}count`)) ?? 0,
    );
  const [from, began] = await reach(count, messages / 10);
  const [to, ended] = await reach(count, messages);
  const program = await starting;
  await program.stop();
  // What was not acknowledged would be back in the queue now.
  const { messageCount } = await rabbit.channel.checkQueue(queue);
  if (messageCount > 0) throw new Error(`unable to measure; ${messageCount} messages were not acknowledged`);
  await rabbit.channel.deleteQueue(queue);
  return ((to - from) * 1_000) / (ended - began);
}

function start(way: Way, rig: Rig, RABBITMQ_URL: string, queue: string, prefix: string): Promise<Program> {
  if (way === 'parley')
    return rig.app('ingress', {
      RABBITMQ_URL,
      QUEUE_NAME: queue,
      EXCHANGE_NAME: `${queue}_exchange`,
      ROUTING_KEY: queue,
      REDIS_PREFIX: prefix,
      HIGH_WATER_RUNS: '1000000',
    });
  const POLICY = way === 'bare-ack' ? 'ack' : 'store';
  const env = { RABBITMQ_URL, REDIS_URL: rig.redis.url, QUEUE: queue, PREFIX: prefix, POLICY };
  return rig.spawn('bench/floors/consumer.js', { ready: '/', env });
}

/** @returns the count that was reached and when, in ms */
async function reach(count: () => Promise<number>, least: number): Promise<[number, number]> {
  const until = performance.now() + LIMIT_MS;
  while (performance.now() < until) {
    const now = await count();
    if (now >= least) return [now, performance.now()];
    await delay(LOOK_MS);
  }
  throw new Error(`unable to measure; ${least} messages were not taken in within ${LIMIT_MS} ms`);
}

function toFigures(rates: ReadonlyMap<Way, number[]>) {
  const best = (way: Way): number => Math.max(...rates.get(way)!);
  const row = (way: Way, what: string) => ({
    id: `intake.${way}`,
    what,
    unit: '/s',
    value: best(way),
    median: median(rates.get(way)!),
  });
  return [
    row('bare-ack', 'RabbitMQ, floor: consume and acknowledge'),
    row('bare-store', 'RabbitMQ, floor: consume, one small script, acknowledge'),
    {
      ...row('parley', 'RabbitMQ intake, fsync always'),
      floor: best('bare-store'),
      target: { least: LEAST_PER_SECOND },
    },
  ];
}
