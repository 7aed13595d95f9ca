// The transport against a real RabbitMQ: order, acknowledgement by answer, stand-by, failed queue, replay.
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type INestMicroservice } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import amqp, { type ChannelModel, type ConfirmChannel, type GetMessage } from 'amqplib';
import { RabbitConfig } from '#config';
import { LIMITS, parseJson } from '#contracts';
import { sharedRabbitUrl, TurnCounter } from '#testing';
import { AmqpReplies } from './amqp-replies.js';
import type { Outcome } from '../outcome.js';
import type { Delivery } from './delivery.js';
import { FailedQueue } from './failed-queue.js';
import { COSMO_MESSAGE } from './names.js';
import { RabbitModule } from './rabbit.module.js';
import { RabbitServer } from './rabbit-server.js';
import { assertTopology, queueOptions } from './topology.js';
import { ConfigModule } from '#config';

type Handle = (delivery: Delivery) => Outcome | Promise<Outcome>;

interface Replica {
  server: RabbitServer;
  failed: FailedQueue;
  replies: AmqpReplies;
  app: INestMicroservice;
  stop(): Promise<void>;
}

async function startReplica(config: RabbitConfig, handle: Handle): Promise<Replica> {
  @Controller()
  class Consumer {
    @EventPattern<string>(COSMO_MESSAGE)
    onMessage(@Payload() delivery: Delivery): Outcome | Promise<Outcome> {
      return handle(delivery);
    }
  }
  const module = await Test.createTestingModule({
    imports: [ConfigModule.of([config]), RabbitModule],
    controllers: [Consumer],
  }).compile();
  module.useLogger(false);
  const server = module.get(RabbitServer);
  const app = module.createNestMicroservice({ strategy: server });
  await app.listen();
  let stopped = false;
  return {
    server,
    app,
    failed: module.get(FailedQueue),
    replies: module.get(AmqpReplies),
    stop: async () => {
      if (!stopped) await app.close();
      stopped = true;
    },
  };
}

/** Awaits a condition that other processes bring about. */
async function until(condition: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`still not so after ${ms} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('RabbitServer', () => {
  let config: RabbitConfig;
  let connection: ChannelModel;
  let channel: ConfirmChannel;
  let replicas: Replica[];

  beforeEach(async () => {
    const name = `t-${randomBytes(6).toString('hex')}`;
    config = Object.assign(new RabbitConfig(), {
      url: sharedRabbitUrl(),
      exchange: `${name}-x`,
      queue: `${name}-q`,
      routingKey: `${name}-k`,
    });
    connection = await amqp.connect(config.url);
    connection.on('error', () => undefined);
    channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    replicas = [];
  });

  afterEach(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    const cleaner = await connection.createChannel();
    await cleaner.deleteQueue(config.queue);
    await cleaner.deleteQueue(`${config.queue}_failed`);
    await cleaner.deleteExchange(config.exchange);
    await cleaner.deleteExchange(`${config.exchange}_dlx`);
    await connection.close();
  });

  const start = async (handle: Handle): Promise<Replica> => {
    const replica = await startReplica(config, handle);
    replicas.push(replica);
    return replica;
  };
  const consuming = async (handle: Handle): Promise<Replica> => {
    const replica = await start(handle);
    await until(() => replica.server.intake.state === 'consuming');
    return replica;
  };
  const publish = (body: string | object, options: amqp.Options.Publish = {}): void => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    channel.publish(config.exchange, config.routingKey, Buffer.from(text), { persistent: true, ...options });
  };
  const ready = async (queue = config.queue): Promise<number> =>
    (await channel.checkQueue(queue)).messageCount;
  const failedMessage = async (): Promise<GetMessage> => {
    let found: GetMessage | false = false;
    await until(async () => (found = await channel.get(`${config.queue}_failed`, { noAck: true })) !== false);
    return found as unknown as GetMessage;
  };

  it('declares what existing clients declare, and they can declare it again', async () => {
    await consuming(() => 'ack');
    await channel.assertExchange(config.exchange, 'direct', { durable: true });
    await channel.assertQueue(config.queue, {
      durable: true,
      arguments: {
        'x-max-priority': 10,
        'x-message-ttl': 3_600_000,
        'x-dead-letter-exchange': `${config.exchange}_dlx`,
      },
    });
    expect(await ready(`${config.queue}_failed`)).toBe(0);
  });

  it('hands bare bodies over as bytes, in order, and acknowledges them', async () => {
    const seen: number[] = [];
    const { stop } = await consuming(async ({ body }): Promise<Outcome> => {
      seen.push(Number(body.toString()));
      await new Promise((resolve) => setImmediate(resolve));
      return 'ack';
    });
    for (let i = 0; i < 1_000; i++) publish(String(i));
    await channel.waitForConfirms();
    await until(() => seen.length === 1_000);
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
    await stop();
    expect(await ready()).toBe(0);
  });

  it('passes on what the properties say', async () => {
    const seen: Delivery[] = [];
    await consuming((delivery) => {
      seen.push(delivery);
      return 'ack';
    });
    publish('{}', {
      priority: 7,
      replyTo: 'answers',
      correlationId: 'c-1',
      headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    });
    await until(() => seen.length === 1);
    expect(seen[0]).toMatchObject({
      priority: 7,
      reply_to: 'answers',
      correlation_id: 'c-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      redelivered: false,
      source: `${config.exchange}/${config.routingKey}`,
    });
  });

  it.each<[string, Handle, string, RegExp]>([
    [
      'a refusal',
      () => ({ dead: 'invalid_json', error: 'unable to read JSON; malformed' }),
      'invalid_json',
      /malformed/,
    ],
    [
      'a handler that throws',
      () => {
        throw new Error('broken');
      },
      'internal',
      /unexpected/,
    ],
  ])('puts a message into the failed queue after %s', async (_, handle, reason, error) => {
    await consuming(handle);
    publish('{"x":', { correlationId: 'c-2', headers: { own: 'kept' } });
    const message = await failedMessage();
    expect(message.content.toString()).toBe('{"x":');
    expect(message.properties).toMatchObject({ correlationId: 'c-2', deliveryMode: 2 });
    expect(message.properties.headers).toMatchObject({
      own: 'kept',
      'x-parley-reason': reason,
      'x-parley-error': expect.stringMatching(error),
      'x-parley-source': `${config.exchange}/${config.routingKey}`,
    });
    expect(await ready()).toBe(0);
  });

  it('reads a burst piece by piece, in order, and lets everything else have its turn', async () => {
    const items = `[${'1,'.repeat(9_999)}1]`;
    const hostile = (n: number): string => `{"n":${n},"items":${items},"pad":"${'x'.repeat(40_000)}"}`;
    await assertTopology(channel, config);
    for (let n = 0; n < 150; n++) publish(hostile(n));
    await channel.waitForConfirms();
    const turns = new TurnCounter();
    const seen: number[] = [];
    await consuming(({ body }) => {
      turns.add(body.length);
      const limits = { bytes: 100_000, depth: 32, members: 2_000, items: 10_000 };
      seen.push((parseJson(body, limits) as { n: number }).n);
      return 'ack';
    });
    await until(() => seen.length === 150);
    expect(seen).toEqual(Array.from({ length: 150 }, (_, n) => n));
    // The budget and a body, at the most twice between two looks of the counter; all of them are 9 MB.
    expect(turns.end()).toBeLessThan(2 * (128 * 1024 + hostile(100).length));
  });

  it('leaves a body beyond the limit to the broker, which moves it as it came and in its turn', async () => {
    const seen: string[] = [];
    const { failed } = await consuming(({ body }) => {
      seen.push(body.subarray(0, 20).toString());
      return body.length > LIMITS.broker_body_bytes ? { dead: 'too_large', error: 'too many bytes' } : 'ack';
    });
    const huge = Buffer.alloc(LIMITS.broker_body_bytes + 1, 0x20).toString();
    publish('before');
    for (let n = 0; n < 5; n++) {
      publish(huge, { correlationId: `c-${n}`, headers: { own: 'kept' } });
      publish(`after ${n}`);
    }
    await until(() => seen.length === 11);
    await until(async () => (await ready(`${config.queue}_failed`)) === 5);
    const { items } = await failed.list();
    expect(items).toHaveLength(5);
    for (const item of items) expect(item).toMatchObject({ reason: 'too_large', bytes: huge.length });
    expect(items[0]).toMatchObject({ source: `${config.exchange}/${config.routingKey}`, replays: 0 });
    const message = await failedMessage();
    expect(message.properties).toMatchObject({ correlationId: 'c-0', deliveryMode: 2 });
    expect(message.properties.headers).toMatchObject({ own: 'kept' });
    // What was acknowledged around them is gone as well.
    await Promise.all(replicas.map((replica) => replica.stop()));
    expect(await ready()).toBe(0);
  });

  it('gives back in the old order what was not decided when it stops', async () => {
    const first = await consuming(({ body, signal }) =>
      body.toString() === '0'
        ? 'ack'
        : new Promise((resolve) => signal.addEventListener('abort', () => resolve('leave'))),
    );
    for (let i = 0; i < 20; i++) publish(String(i));
    await channel.waitForConfirms();
    await first.stop();
    const seen: string[] = [];
    await consuming(({ body }) => {
      seen.push(body.toString());
      return 'ack';
    });
    await until(() => seen.length >= 19);
    expect(seen).toEqual(Array.from({ length: 19 }, (_, i) => String(i + 1)));
  });

  it('lets one replica consume; a stand-by takes over in order when its connection dies', async () => {
    const seen: { by: string; n: number }[] = [];
    const handler =
      (by: string): Handle =>
      ({ body }) => {
        seen.push({ by, n: Number(body.toString()) });
        return by === 'a' && Number(body.toString()) >= 5 ? 'leave' : 'ack';
      };
    const a = await consuming(handler('a'));
    const b = await start(handler('b'));
    await until(() => b.server.intake.state === 'standby');
    for (let i = 0; i < 10; i++) publish(String(i));
    await until(() => seen.length === 10);
    // Lets the acknowledgements of the first five leave.
    await until(async () => (await ready()) === 0);
    // As a crash looks to the broker: the socket is gone without a goodbye.
    const socket = a.server.unwrap<{
      connection: { connection: { stream: { destroy(error: Error): void } } };
    }>().connection;
    socket.connection.stream.destroy(new Error('cut'));
    await until(() => b.server.intake.state === 'consuming');
    // It looks ten times a second, so it is there before the other is back.
    expect(a.server.intake.state).not.toBe('standby');
    await until(() => seen.length === 15);
    expect(seen.slice(10)).toEqual([5, 6, 7, 8, 9].map((n) => ({ by: 'b', n })));
    await until(() => a.server.intake.state === 'standby');
  });

  it('comes back when its queue is deleted', async () => {
    const seen: string[] = [];
    await consuming(({ body }) => {
      seen.push(body.toString());
      return 'ack';
    });
    await channel.deleteQueue(config.queue);
    await until(async () => {
      const probe = await connection.createChannel();
      probe.on('error', () => undefined);
      return probe.checkQueue(config.queue).then(
        ({ consumerCount }) => consumerCount === 1,
        () => false,
      );
    });
    publish('again');
    await until(() => seen.length === 1);
  });

  it('says why it cannot consume from a queue that was declared otherwise, and goes on when that is mended', async () => {
    await channel.assertQueue(config.queue, { durable: true });
    const replica = await start(() => 'ack');
    await until(() => replica.server.intake.state === 'fault');
    expect(replica.server.intake.cause).toMatch(/PRECONDITION_FAILED/);
    await channel.deleteQueue(config.queue);
    await until(() => replica.server.intake.state === 'consuming');
  });

  describe('failed queue', () => {
    it('shows, finds, replays and drops, without losing the order', async () => {
      let mended = false;
      const seen: string[] = [];
      const { failed } = await consuming(({ body }) => {
        seen.push(body.toString());
        return mended ? 'ack' : { dead: 'invalid_request', error: 'unable to read request; no' };
      });
      for (let i = 0; i < 5; i++)
        publish(
          { channel: 'c', message_id: `m${i}`, message: 'secret' },
          { priority: 3, headers: { own: 1 } },
        );
      await until(async () => (await ready(`${config.queue}_failed`)) === 5);
      const page = await failed.list({ limit: 2, skip: 1 });
      expect(page.total).toBe(5);
      expect(page.items.map((item) => item.message_id)).toEqual(['m1', 'm2']);
      expect(page.items[0]).toMatchObject({
        reason: 'invalid_request',
        channel: 'c',
        priority: 3,
        replays: 0,
      });
      expect(JSON.stringify(page)).not.toContain('secret');
      const [m1, m2] = page.items as [(typeof page.items)[0], (typeof page.items)[0]];
      expect((await failed.get(m2.id))?.body.toString()).toContain('secret');
      expect(await failed.drop(m1.id)).toBe(1);
      await expect(failed.drop(m1.id)).rejects.toMatchObject({ code: 'not_found' });

      mended = true;
      seen.length = 0;
      expect(await failed.replay(m2.id)).toBe(1);
      await until(() => seen.length === 1);
      expect(await failed.replay('all')).toBe(3);
      await until(() => seen.length === 4);
      expect(seen.map((body) => (JSON.parse(body) as { message_id: string }).message_id)).toEqual([
        'm2',
        'm0',
        'm3',
        'm4',
      ]);
      expect((await failed.list()).total).toBe(0);
    });

    it('gets what waited for too long, as `expired`; it is listed and replayed, and then answered', async () => {
      config.messageTtlMs = 50;
      const admin = await connection.createChannel();
      await assertTopology(admin, config);
      publish({ channel: 'c', message_id: 'old', message: 'x' }, { priority: 4, headers: { own: 1 } });
      await until(async () => (await ready(`${config.queue}_failed`)) === 1);
      expect(await ready()).toBe(0);

      const seen: string[] = [];
      const { failed } = await consuming(({ body }) => {
        seen.push(body.toString());
        return 'ack';
      });
      const { items } = await failed.list();
      expect(items).toMatchObject([{ reason: 'expired', channel: 'c', message_id: 'old', priority: 4 }]);
      expect(items[0]!.source).toBe(`${config.exchange}/${config.routingKey}`);
      expect(await failed.replay(items[0]!.id)).toBe(1);
      await until(() => seen.length === 1);
      expect(JSON.parse(seen[0]!)).toEqual({ channel: 'c', message_id: 'old', message: 'x' });
      expect((await failed.list()).total).toBe(0);
    });

    it('holds what the broker gave up itself, with the broker’s reason', async () => {
      const { failed, stop } = await consuming(() => 'ack');
      await stop();
      publish({ channel: 'c', message_id: 'late', message: 'x' }, { expiration: '1' });
      await until(async () => (await ready(`${config.queue}_failed`)) === 1);
      const other = await start(() => 'ack');
      const { items } = await other.failed.list();
      expect(items).toMatchObject([{ reason: 'expired', message_id: 'late' }]);
      expect(items[0]!.at).toMatch(/^\d{4}-/);
      expect(failed).toBeDefined();
    });
  });

  it('sends replies with a constant id, and gives up on queues that are gone', async () => {
    const { replies } = await start(() => 'ack');
    const { queue } = await channel.assertQueue('', { exclusive: true });
    const reply = { to: queue, correlation_id: 'c-3', message_id: 'run-1', body: { ok: true } };
    await replies.send(reply);
    const message = (await channel.get(queue, { noAck: true })) as GetMessage;
    expect(message.properties).toMatchObject({ correlationId: 'c-3', messageId: 'run-1' });
    expect(JSON.parse(message.content.toString())).toEqual({ ok: true });
    await replies.send({ ...reply, to: `${queue}-gone` });
  });

  it('answers over direct reply-to', async () => {
    const { replies } = await consuming(async ({ reply_to }): Promise<Outcome> => {
      await replies.send({ to: reply_to!, correlation_id: 'c', message_id: 'r', body: { n: 1 } });
      return 'ack';
    });
    const answers: string[] = [];
    await channel.consume('amq.rabbitmq.reply-to', (message) => answers.push(message!.content.toString()), {
      noAck: true,
    });
    publish('{}', { replyTo: 'amq.rabbitmq.reply-to' });
    await until(() => answers.length === 1);
    expect(answers).toEqual(['{"n":1}']);
  });

  it('keeps one active consumer on quorum queues too', async () => {
    config.topology = 'quorum';
    expect(queueOptions(config).arguments).toMatchObject({ 'x-queue-type': 'quorum' });
    const seen: string[] = [];
    const handler =
      (by: string): Handle =>
      () => {
        seen.push(by);
        return 'ack';
      };
    const a = await consuming(handler('a'));
    await consuming(handler('b'));
    for (let i = 0; i < 10; i++) publish(String(i));
    await until(() => seen.length === 10);
    expect(new Set(seen)).toEqual(new Set(['a']));
    await a.stop();
    publish('10');
    await until(() => seen.length === 11);
    expect(seen.at(-1)).toBe('b');
  });
});
