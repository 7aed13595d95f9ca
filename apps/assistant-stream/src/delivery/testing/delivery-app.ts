// The delivery door on a real server and the shared Redis, for tests; runs behind it are the test's to fake
// or to bring.
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { ArgumentsHost, INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { FastifyReply } from 'fastify';
import type { ClientOptions } from 'ws';
import { AuthModule } from '#auth';
import {
  AccessConfig,
  ConfigModule,
  DeliveryConfig,
  loadConfig,
  loadConfigs,
  RedisConfig,
  ServerConfig,
  StreamConfig,
} from '#config';
import { channelKey, type ChannelRef } from '#contracts';
import { ChannelHub, EventLogModule } from '#event-log';
import { RedisModule, type StateRedis } from '#redis';
import { Metrics, PROBLEM_TYPE, toHttpError, toProblem } from '#telemetry';
import { dropTestState, openTestState, sharedRedisUrl } from '#testing';
import { Broadcasts } from '../broadcasts.js';
import { LastFrameTrace } from '../last-frame-trace.js';
import { Relay } from '../relay.js';
import { DeliveryGateway } from '../socket/delivery.gateway.js';
import { DeliveryWsAdapter } from '../socket/delivery-ws.adapter.js';
import { RunDoor } from '../socket/run-door.js';
import { SessionServices } from '../socket/session-services.js';
import { ChannelEventsController } from '../sse/channel-events.controller.js';
import { SseStreams } from '../sse/sse-streams.js';
import { JsonClient } from './json-client.js';

/** Answers at once; what a run really does is not delivery's. */
const idleDoor = {
  send: async () => ({ type: 'ack' }),
  cancel: async () => ({ type: 'cancel' }),
  history: async () => ({ type: 'history' }),
};

/** As bootstrapApp answers. */
const problems = {
  catch(error: unknown, host: ArgumentsHost): void {
    const fault = toHttpError(error);
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    void reply.code(fault.httpStatus).type(PROBLEM_TYPE).send(toProblem(fault, 'test'));
  },
};

export class DeliveryApp {
  private readonly clients: JsonClient[] = [];

  constructor(
    readonly app: INestApplication,
    readonly port: number,
  ) {}

  get hub(): ChannelHub {
    return this.app.get(ChannelHub);
  }

  get gateway(): DeliveryGateway {
    return this.app.get(DeliveryGateway);
  }

  async client(options?: ClientOptions, protocols?: string[]): Promise<JsonClient> {
    const client = await JsonClient.open(`ws://127.0.0.1:${this.port}/ws`, options, protocols);
    this.clients.push(client);
    return client;
  }

  /** A client that listens already. */
  async listener(ref: ChannelRef, options: object = {}): Promise<JsonClient> {
    const client = await this.client();
    const before = this.listeners(ref);
    client.say({ action: 'subscribe', channel: ref.channel, ...options });
    while (this.listeners(ref) <= before) await new Promise((resolve) => setImmediate(resolve));
    return client;
  }

  listeners(ref: ChannelRef): number {
    return this.app.get(Broadcasts).find(channelKey(ref))?.size ?? 0;
  }

  async stop(): Promise<void> {
    for (const client of this.clients) client.socket.terminate();
    await this.app.close();
  }
}

/** One Redis prefix and the apps over it; `end` leaves nothing behind. */
export class DeliveryRig {
  private readonly apps: DeliveryApp[] = [];

  private constructor(
    readonly state: StateRedis,
    private readonly url: string,
  ) {}

  /** @param url of a Redis that the test owns, if it is to suffer */
  static async open(url = sharedRedisUrl()): Promise<DeliveryRig> {
    return new DeliveryRig(await openTestState(undefined, url), url);
  }

  /** @param env further settings, as environment variables */
  async start(env: Record<string, string> = {}, door: object = idleDoor): Promise<DeliveryApp> {
    const configs = loadConfigs([AccessConfig, ServerConfig, StreamConfig, DeliveryConfig], env);
    const redis = loadConfig(RedisConfig, {
      REDIS_URL: this.url,
      REDIS_PREFIX: this.state.keys.prefix,
    });
    const module = await Test.createTestingModule({
      imports: [ConfigModule.of([...configs, redis]), RedisModule, AuthModule, EventLogModule],
      controllers: [ChannelEventsController],
      providers: [
        Broadcasts,
        LastFrameTrace,
        Relay,
        SessionServices,
        DeliveryGateway,
        SseStreams,
        { provide: RunDoor, useValue: door },
        { provide: Metrics, useValue: new Metrics() },
      ],
    }).compile();
    const app = module.createNestApplication(new FastifyAdapter(), { logger: false });
    app.useWebSocketAdapter(new DeliveryWsAdapter(app));
    app.useGlobalFilters(problems);
    await app.listen(0, '127.0.0.1');
    const started = new DeliveryApp(app, (app.getHttpServer().address() as AddressInfo).port);
    this.apps.push(started);
    return started;
  }

  /** Stops the apps, keeps the state. */
  async stopApps(): Promise<void> {
    await Promise.all(this.apps.splice(0).map((app) => app.stop()));
  }

  async end(): Promise<void> {
    await this.stopApps();
    await dropTestState(this.state);
  }
}

export const newChannel = (): ChannelRef => ({ tenant: 'default', channel: `c-${randomUUID()}` });
