// A broker that dies and comes back: nothing confirmed is lost, unsettled deliveries come again, publishing goes on.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { ConfigModule, RabbitConfig } from '#config';
import { startRabbit, type ServiceHandle } from '#testing';
import type { Outcome } from '../outcome.js';
import type { Delivery } from './delivery.js';
import { COSMO_MESSAGE } from './names.js';
import { RabbitModule } from './rabbit.module.js';
import { RabbitPublisher } from './rabbit-publisher.js';
import { RabbitServer } from './rabbit-server.js';

describe('over a kill -9 of the broker', () => {
  let broker: ServiceHandle;
  beforeAll(async () => {
    broker = await startRabbit();
  }, 60_000);
  afterAll(() => broker.stop());

  it('serves before the broker is there, resumes after it, and loses nothing', async () => {
    const seen = new Map<number, number>();
    let whenSeen: () => void = () => undefined;
    let settle = false;

    @Controller()
    class Consumer {
      @EventPattern<string>(COSMO_MESSAGE)
      onMessage(@Payload() { body }: Delivery): Outcome {
        const n = Number(body.toString());
        seen.set(n, (seen.get(n) ?? 0) + 1);
        whenSeen();
        return settle || n < 50 ? 'ack' : 'leave';
      }
    }
    await broker.kill9();
    const config = Object.assign(new RabbitConfig(), { url: broker.url });
    const module = await Test.createTestingModule({
      imports: [ConfigModule.of([config]), RabbitModule],
      controllers: [Consumer],
    }).compile();
    module.useLogger(false);
    const server = module.get(RabbitServer);
    const app = module.createNestMicroservice({ strategy: server });
    await app.listen();
    expect(server.intake).toMatchObject({ connected: false, state: 'connecting' });

    const publisher = module.get(RabbitPublisher);
    // What was not confirmed in time is unknown, and is sent again, as any producer must.
    const publish = (n: number): Promise<unknown> =>
      publisher
        .publish({
          exchange: config.exchange,
          routingKey: config.routingKey,
          body: Buffer.from(String(n)),
          messageId: String(n),
        })
        .catch(() => publish(n));
    const all = (count: number, times = 1): Promise<void> =>
      new Promise((resolve) => {
        whenSeen = () => {
          for (let n = 0; n < count; n++) if ((seen.get(n) ?? 0) < (n < 50 ? 1 : times)) return;
          resolve();
        };
        whenSeen();
      });

    // Published while the broker is down: sent when it comes.
    const early = Promise.all(Array.from({ length: 100 }, (_, n) => publish(n)));
    await broker.restart();
    await early;
    await all(100);
    expect(server.intake).toMatchObject({ connected: true, state: 'consuming' });

    await broker.kill9();
    settle = true;
    const late = Promise.all(Array.from({ length: 20 }, (_, n) => publish(100 + n)));
    await broker.restart();
    await late;
    await all(120);
    // The fifty that were left unsettled come a second time.
    await new Promise<void>((resolve) => {
      whenSeen = () => {
        for (let n = 50; n < 100; n++) if (seen.get(n)! < 2) return;
        resolve();
      };
      whenSeen();
    });
    await app.close();
  }, 90_000);
});
