// Messages, cancels and history over the WebSocket, with the real intake and the real state behind it.
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  AccessConfig,
  ConfigModule,
  DeliveryConfig,
  loadConfigs,
  OpenaiConfig,
  RedisConfig,
  RunsConfig,
  ServerConfig,
  StreamConfig,
  ToolsConfig,
} from '#config';
import { RedisModule, type StateRedis } from '#redis';
import { TelemetryModule } from '#telemetry';
import { dropTestState, openTestState, sharedRedisUrl } from '#testing';
import { DeliveryModule } from '../delivery.module.js';
import { JsonClient } from '../testing/json-client.js';
import { DeliveryWsAdapter } from './delivery-ws.adapter.js';

let state: StateRedis;
let app: INestApplication;
let client: JsonClient;
let channel: string;

beforeAll(async () => {
  state = await openTestState();
  const types = [
    AccessConfig,
    DeliveryConfig,
    OpenaiConfig,
    RedisConfig,
    RunsConfig,
    ServerConfig,
    StreamConfig,
    ToolsConfig,
  ];
  const env = {
    REDIS_URL: sharedRedisUrl(),
    REDIS_PREFIX: state.keys.prefix,
    OPENAI_API_KEY: 'none',
    CHANNEL_BACKLOG: '3',
  };
  const module = await Test.createTestingModule({
    imports: [ConfigModule.of(loadConfigs(types, env)), TelemetryModule, RedisModule, DeliveryModule],
  }).compile();
  app = module.createNestApplication(new FastifyAdapter(), { logger: false });
  app.useWebSocketAdapter(new DeliveryWsAdapter(app));
  await app.listen(0, '127.0.0.1');
});
beforeEach(async () => {
  channel = `c-${randomUUID()}`;
  const { port } = app.getHttpServer().address() as AddressInfo;
  client = await JsonClient.open(`ws://127.0.0.1:${port}/ws`);
});
afterEach(() => client.socket.terminate());
afterAll(async () => {
  await app.close();
  await dropTestState(state);
});

const acks = () => client.frames.filter((frame) => frame['type'] === 'ack');

it('accepts a message once, in both forms, and refuses the same id with another text', async () => {
  client.say({ action: 'send', channel, message_id: 'm1', message: 'Hello' });
  const ack = await client.typed('ack');
  expect(ack).toMatchObject({ channel, message_id: 'm1', duplicate: false, status: 'queued' });
  expect(ack['cursor']).toMatch(/:1$/);
  client.say({ channel, message: 'Hello', message_id: 'm1' });
  await client.until(() => acks().length === 2);
  expect(acks()[1]).toMatchObject({ run_id: ack['run_id'], duplicate: true });
  client.say({
    channel: 'subscription',
    payload: { action: 'send', channel, message_id: 'm1', message: 'Other' },
  });
  await client.until((frames) => frames.some((frame) => frame['payload']));
  expect(client.frames.at(-1)).toMatchObject({
    channel,
    payload: { type: 'error', code: 'message_id_conflict', action: 'send', message_id: 'm1' },
  });
});

it('keeps the order of a burst, and pushes back when the channel is full', async () => {
  for (const id of ['a', 'b', 'c', 'd'])
    client.say({ action: 'send', channel, message_id: id, message: 'x' });
  expect(await client.typed('error')).toMatchObject({ code: 'channel_backlog_full', message_id: 'd' });
  await client.until(() => acks().length === 3);
  expect(acks().map((ack) => [ack['message_id'], /:(\d+)$/.exec(ack['cursor'] as string)![1]])).toEqual([
    ['a', '1'],
    ['b', '2'],
    ['c', '3'],
  ]);
});

it('cancels a waiting message by its id, once, and shows the end to subscribers', async () => {
  client.say({ action: 'subscribe', channel, format: 'cumulative' });
  await client.typed('subscribed');
  client.say({ action: 'send', channel, message_id: 'm1', message: 'Hello' });
  const { run_id } = await client.typed('ack');
  client.say({ action: 'cancel', channel, message_id: 'm1' });
  expect(await client.typed('cancel')).toMatchObject({
    channel,
    message_id: 'm1',
    run_id,
    outcome: 'cancelled',
  });
  await client.until((frames) => frames.some((frame) => frame['final_message']));
  expect(client.frames.find((frame) => frame['final_message'])).toMatchObject({
    status: 'error',
    type: 'error',
    error_details: 'run_cancelled',
    message_id: 'm1',
    thread_id: null,
  });
  client.say({ action: 'cancel', run_id });
  await client.until((frames) => frames.filter((frame) => frame['type'] === 'cancel').length === 2);
  expect(client.frames.findLast((frame) => frame['type'] === 'cancel')).toMatchObject({
    outcome: 'already_finished',
  });
  client.say({ action: 'cancel', run_id: randomUUID() });
  await client.until((frames) => frames.some((frame) => frame['code'] === 'not_found'));
});

it('reads the history of a channel', async () => {
  client.say({ action: 'history', channel, limit: 10 });
  expect(await client.typed('history')).toEqual({ type: 'history', channel, thread_id: null, items: [] });
  client.say({ action: 'history', channel, limit: 0 });
  expect(await client.typed('error')).toMatchObject({ code: 'invalid_request', action: 'history' });
});
