// RabbitMQ's door with the real intake behind it: what becomes a run, what is set aside, what waits.
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestMicroservice } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import amqp, { type ChannelModel, type ConfirmChannel, type GetMessage } from 'amqplib';
import { Redis } from 'ioredis';
import { ConfigModule, RabbitConfig, RedisConfig, RunsConfig } from '#config';
import { channelKey, DEFAULT_TENANT, runIdOf } from '#contracts';
import { RabbitServer, toFailedMessage } from '#messaging';
import { RedisModule, StateRedis } from '#redis';
import { OutboxModule, RunStore } from '#runs';
import { TelemetryModule } from '#telemetry';
import { sharedRabbitUrl, sharedRedisUrl, startRedis } from '#testing';
import { RepliesModule } from '../app.module.js';
import { AmqpOutboxSender } from './amqp-outbox.sender.js';
import { IngressModule } from './ingress.module.js';
import { PatientIntake } from './patient-intake.js';

async function until(condition: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`still not so after ${ms} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('RabbitMQ ingress', () => {
  let rabbit: RabbitConfig;
  let redisConfig: RedisConfig;
  let runs: RunsConfig;
  let connection: ChannelModel;
  let channel: ConfirmChannel;
  let app: INestMicroservice | undefined;
  let redis: StateRedis;

  beforeEach(async () => {
    const name = `t-${randomBytes(6).toString('hex')}`;
    rabbit = Object.assign(new RabbitConfig(), {
      url: sharedRabbitUrl(),
      exchange: `${name}-x`,
      queue: `${name}-q`,
      routingKey: `${name}-k`,
    });
    redisConfig = Object.assign(new RedisConfig(), {
      url: sharedRedisUrl(),
      prefix: `${name}:`,
      strict: false,
    });
    runs = new RunsConfig();
    connection = await amqp.connect(rabbit.url);
    channel = await connection.createConfirmChannel();
  });

  afterEach(async () => {
    await app?.close();
    app = undefined;
    await channel.deleteQueue(rabbit.queue);
    await channel.deleteQueue(`${rabbit.queue}_failed`);
    await channel.deleteExchange(rabbit.exchange);
    await channel.deleteExchange(`${rabbit.exchange}_dlx`);
    await connection.close();
    const cleaner = new Redis(sharedRedisUrl());
    for await (const keys of cleaner.scanStream({ match: `${redisConfig.prefix}*`, count: 1000 }))
      if ((keys as string[]).length > 0) await cleaner.del(...(keys as string[]));
    cleaner.disconnect();
  });

  const start = async (): Promise<INestMicroservice> => {
    const module = await Test.createTestingModule({
      imports: [
        ConfigModule.of([rabbit, redisConfig, runs]),
        TelemetryModule,
        RedisModule,
        OutboxModule.of([RepliesModule], AmqpOutboxSender),
        IngressModule,
      ],
    }).compile();
    module.useLogger(false);
    app = module.createNestMicroservice({ strategy: module.get(RabbitServer) });
    await app.listen();
    redis = app.get(StateRedis);
    const server = app.get(RabbitServer);
    await until(() => server.intake.state === 'consuming');
    return app;
  };
  const publish = (body: unknown, options: amqp.Options.Publish = {}): void => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    channel.publish(rabbit.exchange, rabbit.routingKey, Buffer.from(text), { persistent: true, ...options });
  };
  const message = (channelName: string, id: string, text = `text of ${id}`): object => ({
    channel: channelName,
    message_id: id,
    message: text,
  });
  const ref = (channelName: string) => ({ tenant: DEFAULT_TENANT, channel: channelName });
  const inbox = async (channelName: string): Promise<string[]> => {
    const chk = channelKey(ref(channelName));
    return redis.client.lrange(redis.keys.shardOf(chk).inbox(chk), 0, -1);
  };
  const ids = (channelName: string, messageIds: string[]): string[] =>
    messageIds.map((id) => runIdOf(ref(channelName), id));
  const failed = async (): Promise<GetMessage> => {
    let found: GetMessage | false = false;
    await until(async () => (found = await channel.get(`${rabbit.queue}_failed`, { noAck: true })) !== false);
    return found as unknown as GetMessage;
  };
  const depth = async (queue: string): Promise<number> => (await channel.checkQueue(queue)).messageCount;
  const answersTo = async (): Promise<{ queue: string; next: () => Promise<GetMessage> }> => {
    const { queue } = await channel.assertQueue('', { exclusive: true });
    const next = async (): Promise<GetMessage> => {
      let found: GetMessage | false = false;
      await until(async () => (found = await channel.get(queue, { noAck: true })) !== false);
      return found as unknown as GetMessage;
    };
    return { queue, next };
  };

  it('makes runs of bare messages, in the order of each channel', async () => {
    const nest = await start();
    const sent = Array.from({ length: 60 }, (_, i) => `m${i}`);
    for (const id of sent) publish(message(`c${Number(id.slice(1)) % 3}`, id), { priority: 4 });
    const of = (n: number): string[] => sent.filter((id) => Number(id.slice(1)) % 3 === n);
    for (const n of [0, 1, 2]) {
      await until(async () => (await inbox(`c${n}`)).length === 20);
      expect(await inbox(`c${n}`)).toEqual(ids(`c${n}`, of(n)));
    }
    const run = await nest.get(RunStore).get(ids('c0', ['m0'])[0]!);
    expect(run).toMatchObject({ status: 'queued', source: 'rabbitmq', channel: 'c0', message_id: 'm0' });
    await nest.close();
    app = undefined;
    expect(await depth(rabbit.queue)).toBe(0);
    expect(await depth(`${rabbit.queue}_failed`)).toBe(0);
  });

  it('makes one run of a message that comes five times, and sets another text under its id aside', async () => {
    await start();
    const relayed: { error_details: string; message_id: string }[] = [];
    const subscriber = redis.duplicate();
    subscriber.on('message', (_, text: string) =>
      relayed.push(JSON.parse(text.slice(text.indexOf(' '))) as (typeof relayed)[0]),
    );
    await subscriber.subscribe(redis.keys.relay);
    for (let i = 0; i < 5; i++) publish(message('c', 'm'));
    publish(message('c', 'm', 'another text'));
    const dead = await failed();
    expect(dead.properties.headers).toMatchObject({ 'x-parley-reason': 'message_id_conflict' });
    expect(await inbox('c')).toEqual(ids('c', ['m']));
    await until(() => relayed.length === 1);
    expect(relayed[0]).toMatchObject({ error_details: 'message_id_conflict', message_id: 'm' });
    subscriber.disconnect();
  });

  it('sets bad bodies aside while good neighbours go on, and tells whoever asked for a reply', async () => {
    await start();
    const { queue, next } = await answersTo();
    publish('{"channel":', { replyTo: queue, correlationId: 'q-1' });
    publish(message('c', 'good'));
    publish({ channel: 'c', message_id: 'm' });
    publish(Buffer.alloc(2 * 1024 * 1024, 0x20).toString());
    const reasons: unknown[] = [];
    for (let i = 0; i < 3; i++) reasons.push(toFailedMessage(await failed()).reason);
    expect(reasons.sort()).toEqual(['invalid_json', 'invalid_request', 'too_large']);
    const answer = await next();
    expect(answer.properties.correlationId).toBe('q-1');
    expect(JSON.parse(answer.content.toString())).toMatchObject({
      success: false,
      error: 'The body is not valid JSON.',
      code: 'invalid_json',
    });
    expect(await inbox('c')).toEqual(ids('c', ['good']));
  });

  it('sends the stored result to a repeat of a run that has ended', async () => {
    const nest = await start();
    publish(message('c', 'm'));
    await until(async () => (await inbox('c')).length === 1);
    await nest.get(RunStore).cancel(ids('c', ['m'])[0]!);
    const { queue, next } = await answersTo();
    publish(message('c', 'm'), { replyTo: queue, correlationId: 'q-2' });
    const answer = await next();
    expect(answer.properties).toMatchObject({ correlationId: 'q-2', messageId: ids('c', ['m'])[0] });
    expect(JSON.parse(answer.content.toString())).toMatchObject({
      final_message: true,
      message_id: 'm',
      error_details: 'run_cancelled',
    });
  });

  it('tells the end of a run to every address that asked, also by a repeat, and to each once', async () => {
    const nest = await start();
    publish(message('c', 'm'));
    const askers = [await answersTo(), await answersTo()];
    const ask = (asker: number, correlationId: string): void =>
      publish(message('c', 'm'), { replyTo: askers[asker]!.queue, correlationId });
    ask(0, 'q-1');
    ask(1, 'q-2');
    ask(0, 'q-1');
    ask(0, 'q-3');
    publish(message('c', 'last'));
    await until(async () => (await inbox('c')).length === 2);
    await nest.get(RunStore).cancel(ids('c', ['m'])[0]!);
    const got = [await askers[0]!.next(), await askers[0]!.next(), await askers[1]!.next()];
    expect(got.map(({ properties }) => properties.correlationId as string)).toEqual(['q-1', 'q-3', 'q-2']);
    for (const { properties, content } of got) {
      expect(properties.messageId).toBe(ids('c', ['m'])[0]);
      expect(content).toEqual(got[0]!.content);
    }
    for (const { queue } of askers) expect(await depth(queue)).toBe(0);
  });

  it('sets aside what a full channel cannot take, and only that', async () => {
    runs.channelBacklog = 2;
    await start();
    for (const id of ['m0', 'm1', 'm2']) publish(message('full', id));
    publish(message('other', 'm0'));
    const dead = await failed();
    expect(dead.properties.headers).toMatchObject({ 'x-parley-reason': 'channel_backlog_full' });
    expect(await inbox('full')).toEqual(ids('full', ['m0', 'm1']));
    expect(await inbox('other')).toEqual(ids('other', ['m0']));
  });

  it('keeps messages unacknowledged past the high-water mark and goes on in order', async () => {
    runs.highWaterRuns = 3;
    const nest = await start();
    const sent = Array.from({ length: 12 }, (_, i) => `m${i}`);
    for (const id of sent) publish(message('c', id));
    await until(() => nest.get(PatientIntake).held > 0);
    expect(await inbox('c')).toHaveLength(3);
    expect(await depth(`${rabbit.queue}_failed`)).toBe(0);
    runs.highWaterRuns = 1_000;
    await until(async () => (await inbox('c')).length === 12);
    expect(await inbox('c')).toEqual(ids('c', sent));
  });

  it('gives back what waits when it stops', async () => {
    runs.highWaterRuns = 1;
    const nest = await start();
    for (const id of ['m0', 'm1', 'm2']) publish(message('c', id));
    await until(() => nest.get(PatientIntake).held > 0);
    const begun = Date.now();
    await nest.close();
    app = undefined;
    // Whoever still waits is told to stop; else closing takes the five seconds that handlers have.
    expect(Date.now() - begun).toBeLessThan(4_000);
    expect(await depth(rabbit.queue)).toBe(2);
  });

  it('loses and reorders nothing when Redis dies in between', async () => {
    const own = await startRedis();
    try {
      redisConfig.url = own.url;
      await start();
      const sent = Array.from({ length: 400 }, (_, i) => `m${i}`);
      for (const id of sent.slice(0, 200)) publish(message('c', id));
      await until(async () => (await inbox('c')).length > 20);
      await own.kill9();
      for (const id of sent.slice(200)) publish(message('c', id));
      await channel.waitForConfirms();
      await own.restart();
      await until(async () => (await inbox('c').catch(() => [])).length >= 400);
      expect(await inbox('c')).toEqual(ids('c', sent));
      expect(await depth(`${rabbit.queue}_failed`)).toBe(0);
      await app?.close();
      app = undefined;
    } finally {
      await own.stop();
    }
  });
});
