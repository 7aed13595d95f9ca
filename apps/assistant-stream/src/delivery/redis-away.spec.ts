// While Redis is away sockets stay open, and what comes after is delivered.
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { answerEvents, emitEvents, startRedis, type ServiceHandle } from '#testing';
import { DeliveryRig, newChannel, type DeliveryApp } from './testing/delivery-app.js';

let redis: ServiceHandle;
let rig: DeliveryRig;
let app: DeliveryApp;

beforeAll(async () => {
  redis = await startRedis();
  rig = await DeliveryRig.open(redis.url);
  app = await rig.start();
});
afterAll(async () => {
  await rig.end();
  await redis.stop();
});

it.each([
  ['with its data', false],
  ['empty', true],
])(
  'keeps its subscribers over a restart of Redis %s, and says that the epoch changed',
  async (_name, empty) => {
    const ref = newChannel();
    const [raw, browser] = [await app.listener(ref, { format: 'delta' }), await app.listener(ref)];
    const [started, ...rest] = answerEvents('m1', ['Hello there']);
    await emitEvents(rig.state, ref, [started!, rest[0]!]);
    await raw.until((frames) => frames.at(-1)?.['offset'] === 2);
    const lost = once(rig.state.client, 'close');

    await redis.kill9();
    await lost;
    raw.say({ action: 'ping' });
    await raw.typed('pong');
    await redis.restart({ empty });
    await rig.state.ready(15_000);

    await emitEvents(rig.state, ref, answerEvents('m2', ['Once', ' more, then']));
    const over = (frames: { [key: string]: unknown }[]) =>
      frames.some((frame) => frame['type'] === 'run.completed');
    const reset = await raw.typed('reset');
    await raw.until(over);
    await browser.until((frames) => frames.some((frame) => frame['final_message']));
    expect(reset['reason']).toBe('epoch_changed');
    const after = raw.frames.slice(raw.frames.indexOf(reset) + 1).map((frame) => frame['offset'] as number);
    expect(after).toEqual(after.map((_, i) => after[0]! + i));
    expect(browser.frames.filter((frame) => frame['final_message'])).toHaveLength(1);
  },
);
