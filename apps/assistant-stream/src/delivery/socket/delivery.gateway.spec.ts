// The WebSocket door over a real server, real clients and a real Redis.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { WebSocket } from 'ws';
import { AuthModule } from '#auth';
import {
  AccessConfig,
  ConfigModule,
  DeliveryConfig,
  RedisConfig,
  RunsConfig,
  ServerConfig,
  StreamConfig,
  loadConfig,
  loadConfigs,
} from '#config';
import { channelKey, type RunEvent } from '#contracts';
import { ChannelHub, EventLogModule } from '#event-log';
import { RedisModule, StateRedis } from '#redis';
import { answerEvents, dropTestState, emitEvents, openTestState, sharedRedisUrl } from '#testing';
import { Broadcasts } from '../broadcasts.js';
import { Relay } from '../relay.js';
import { DeliveryGateway } from './delivery.gateway.js';
import { DeliveryWsAdapter } from './delivery-ws.adapter.js';
import { RunDoor } from './run-door.js';
import { SessionServices } from './session-services.js';

type Json = Record<string, any>; // eslint-disable-line

class Client {
  readonly frames: Json[] = [];
  private waiting: (() => void)[] = [];
  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)) as Json);
      for (const wake of this.waiting.splice(0)) wake();
    });
    socket.on('close', () => this.waiting.splice(0).forEach((wake) => wake()));
    socket.on('error', () => undefined);
  }
  static async open(url: string, options: object = {}, protocols: string[] = []): Promise<Client> {
    const client = new Client(new WebSocket(url, protocols, options));
    await once(client.socket, 'open');
    return client;
  }
  say(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }
  async until(done: (frames: Json[]) => unknown): Promise<Json[]> {
    while (!done(this.frames)) await new Promise<void>((resolve) => this.waiting.push(resolve));
    return this.frames;
  }
  /** All that was sent before is answered when the pong is here. */
  async settled(): Promise<Json[]> {
    const pongs = () => this.frames.filter((frame) => frame['type'] === 'pong').length;
    const before = pongs();
    this.say({ action: 'ping' });
    await this.until(() => pongs() > before);
    return this.frames.filter((frame) => frame['type'] !== 'pong');
  }
}

const door = {
  send: async () => ({ type: 'ack' }),
  cancel: async () => ({ type: 'cancel' }),
  history: async () => ({ type: 'history' }),
};

let state: StateRedis;
const apps: INestApplication[] = [];
const clients: Client[] = [];

async function startApp(env: Record<string, string> = {}) {
  const configs = loadConfigs([AccessConfig, ServerConfig, StreamConfig, DeliveryConfig, RunsConfig], env);
  const redis = loadConfig(RedisConfig, { REDIS_URL: sharedRedisUrl(), REDIS_PREFIX: state.keys.prefix });
  const module = await Test.createTestingModule({
    imports: [ConfigModule.of([...configs, redis]), RedisModule, AuthModule, EventLogModule],
    providers: [Broadcasts, Relay, { provide: RunDoor, useValue: door }, SessionServices, DeliveryGateway],
  }).compile();
  const app = module.createNestApplication(new FastifyAdapter(), { logger: false });
  app.useWebSocketAdapter(new DeliveryWsAdapter(app));
  await app.listen(0, '127.0.0.1');
  apps.push(app);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `ws://127.0.0.1:${port}/ws`;
  const client = async (options?: object, protocols?: string[]) => {
    const opened = await Client.open(url, options, protocols);
    clients.push(opened);
    return opened;
  };
  return { app, url, client, hub: app.get(ChannelHub), gateway: app.get(DeliveryGateway) };
}

beforeAll(async () => {
  state = await openTestState();
});
afterAll(() => dropTestState(state));
afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.terminate();
  await Promise.all(apps.splice(0).map((app) => app.close()));
});

let ref: { tenant: string; channel: string };
beforeEach(() => {
  ref = { tenant: 'default', channel: `c-${randomUUID()}` };
});

const statuses = (frames: Json[]) => frames.map((frame) => frame['status']).filter(Boolean);
const final = (frames: Json[]) => frames.some((frame) => frame['final_message']);
const PIECES = ['Hello', ' there,', ' how are', ' you?'];

describe('the documented protocols', () => {
  it('sends bare frames: started, responding, growing text, one final', async () => {
    const { client } = await startApp();
    const browser = await client();
    browser.say({ action: 'subscribe', channel: ref.channel });
    expect(await browser.settled()).toEqual([]);
    await browser.settled();
    await subscribed(ref.channel);
    await emitEvents(state, ref, answerEvents('m1', PIECES));
    const frames = await browser.until(final);
    expect(statuses(frames)).toEqual(['started', 'responding', 'in_progress', 'in_progress', 'completed']);
    expect(frames.at(-1)).toMatchObject({
      message: PIECES.join(''),
      type: 'response',
      final_message: true,
      message_id: 'm1',
      thread_id: 'thread_test',
      channel: ref.channel,
      offset: 6,
    });
  });

  it('answers in the envelope to those who asked in one', async () => {
    const { client } = await startApp();
    const guide = await client();
    guide.say({ channel: 'subscription', payload: { action: 'subscribe', channel: ref.channel } });
    await guide.settled();
    await subscribed(ref.channel);
    await emitEvents(state, ref, answerEvents('m1', PIECES));
    const frames = await guide.until((all) => all.some((frame) => frame['payload']?.final_message));
    const answers = frames.filter((frame) => frame['payload']);
    expect(answers.map((frame) => frame['channel'])).toEqual(answers.map(() => ref.channel));
    expect(statuses(answers.map((frame) => frame['payload']))).toEqual([
      'started',
      'responding',
      'in_progress',
      'in_progress',
      'completed',
    ]);
  });

  it('sends the events of the log in the delta format, and after a cursor only what follows', async () => {
    const { client } = await startApp();
    const app = await client();
    app.say({ action: 'subscribe', channel: ref.channel, format: 'delta' });
    await app.until((all) => all.some((frame) => frame['type'] === 'subscribed'));
    expect(app.frames[0]).toMatchObject({ epoch: 'new', offset: 0, cursor: 'new:0' });
    const events = answerEvents('m1', PIECES);
    await emitEvents(state, ref, events);
    await app.until((all) => all.at(-1)?.['type'] === 'run.completed');
    const [, ...rest] = app.frames;
    expect(rest.map((frame) => frame['offset'])).toEqual([1, 2, 3, 4, 5, 6]);
    expect(
      rest.map(({ channel: _c, epoch: _e, offset: _o, ...event }) => event as unknown as RunEvent),
    ).toEqual(events);

    const epoch = rest[0]!['epoch'] as string;
    for (let seen = 0; seen <= 6; seen++) {
      const again = await client();
      again.say({ action: 'subscribe', channel: ref.channel, format: 'delta', cursor: `${epoch}:${seen}` });
      await again.until((all) => all.length === 7 - seen);
      expect(again.frames.slice(1).map((frame) => frame['offset'])).toEqual([1, 2, 3, 4, 5, 6].slice(seen));
    }
  });
});

/** Waits until some app of this process listens for a channel, by the only outward sign: an answer to a hint. */
async function subscribed(channel: string): Promise<void> {
  const chk = channelKey({ tenant: 'default', channel });
  for (const app of apps)
    while (!app.get(Broadcasts).find(chk)?.size) await new Promise((resolve) => setImmediate(resolve));
}
