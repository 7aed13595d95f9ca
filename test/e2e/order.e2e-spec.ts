// Three workers: a channel's messages are answered one after the other, other channels do not wait for them.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem } from '../support/system.js';

let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem({ streams: ['ingress,delivery', 'worker', 'worker', 'worker'], gateway: false });
}, 90_000);
afterAll(() => parley?.stop(), 30_000);

test('twenty messages of a channel: one at a time, in the order of their publication', async () => {
  const watcher = await parley.subscribe('queue');
  const ids = Array.from({ length: 20 }, (_, i) => `m-${i}`);
  for (const id of ids) await parley.publish('queue', id, `message ${id} [[tokens 8]] [[rate 200]]`);
  await watcher.answer(ids.at(-1)!, 30_000);
  const steps = watcher.frames.filter(({ status }) => status === 'started' || status === 'completed');
  expect(steps.map(({ status, message_id }) => `${String(status)} ${String(message_id)}`)).toEqual(
    ids.flatMap((id) => [`started ${id}`, `completed ${id}`]),
  );
});

test('ten channels are answered side by side, beside a slow one', async () => {
  await parley.publish('slow', 'm-1', '[[tokens 50]] [[rate 5]]');
  const watcher = await parley.connect();
  const channels = Array.from({ length: 10 }, (_, i) => `parallel-${i}`);
  for (const channel of channels) watcher.send({ action: 'subscribe', channel });
  await watcher.settled();
  await Promise.all(channels.map((channel) => parley.publish(channel, channel, '[[tokens 20]] [[rate 10]]')));
  await Promise.all(channels.map((channel) => watcher.answer(channel)));
  // None of them has to wait for another's two seconds to be over.
  const steps = watcher.frames.filter(({ status }) => status === 'started' || status === 'completed');
  expect(steps.map(({ status }) => status)).toEqual([
    ...channels.map(() => 'started'),
    ...channels.map(() => 'completed'),
  ]);
});

test('the higher priority goes first among waiting channels', async () => {
  const single = await startSystem({ env: { WORKER_CONCURRENCY: '1' }, gateway: false });
  try {
    const watcher = await single.connect();
    const low = Array.from({ length: 5 }, (_, i) => `low-${i}`);
    for (const channel of ['first', ...low, 'high']) watcher.send({ action: 'subscribe', channel });
    await watcher.settled();
    await single.publish('first', 'first', '[[tokens 10]] [[rate 10]]');
    await watcher.next(({ status }) => status === 'started');
    for (const channel of low) await single.publish(channel, channel, 'hello', { priority: 1 });
    await single.publish('high', 'high', 'hello', { priority: 9 });
    await Promise.all(['high', ...low].map((id) => watcher.answer(id)));
    const finals = watcher.frames.filter(({ final_message }) => final_message === true);
    expect(finals.map(({ message_id }) => message_id).slice(0, 2)).toEqual(['first', 'high']);
  } finally {
    await single.stop();
  }
});
