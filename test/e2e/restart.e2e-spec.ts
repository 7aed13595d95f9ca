// Processes come and go in the middle of an answer; the people who watch see one answer.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startSystem, type ParleySystem } from '../support/system.js';

let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem({
    streams: ['ingress,delivery', 'worker', 'worker'],
    gateway: false,
    env: { RUN_LEASE_MS: '1500', SHUTDOWN_GRACE_MS: '200' },
  });
}, 90_000);
afterAll(() => parley?.stop(), 30_000);

const WHOLE = Array.from({ length: 60 }, (_, i) => i + 1).join(' ');

/** A message whose answer is being written by one of the two workers. */
async function begin(id: string): Promise<Awaited<ReturnType<ParleySystem['subscribe']>>> {
  const watcher = await parley.subscribe(id);
  await parley.publish(id, id, `(${id}) [[tokens 60]] [[rate 30]]`);
  await watcher.next(({ status, message }) => status === 'in_progress' && String(message).length > 10);
  return watcher;
}

test('workers are killed one after the other: the answer is whole, and comes once', async () => {
  const watcher = await begin('killed');
  // Whichever has the run: one of them does, and the other takes it up, or goes on with it.
  await parley.streams[1]!.kill9();
  parley.streams[1] = await parley.streams[1]!.again();
  await parley.streams[2]!.kill9();
  parley.streams[2] = await parley.streams[2]!.again();
  const frames = await watcher.answer('killed', 40_000);
  expect(frames.filter(({ final_message }) => final_message === true)).toHaveLength(1);
  expect(frames.filter(({ status }) => status === 'started')).toHaveLength(1);
  expect(String(frames.at(-1)!['message']).trim()).toBe(WHOLE);
}, 90_000);

test('a planned stop hands the run over at once', async () => {
  const watcher = await begin('handed');
  const stops = [parley.streams[1]!, parley.streams[2]!];
  await stops[0]!.stop();
  parley.streams[1] = await stops[0]!.again();
  await stops[1]!.stop();
  parley.streams[2] = await stops[1]!.again();
  const frames = await watcher.answer('handed', 40_000);
  expect(frames.filter(({ final_message }) => final_message === true)).toHaveLength(1);
  expect(String(frames.at(-1)!['message']).trim()).toBe(WHOLE);
}, 90_000);

test('the door is closed politely: going_away and 1012, and nothing published meanwhile is lost', async () => {
  const watcher = await parley.subscribe('door', { format: 'delta' });
  const door = parley.streams[0]!;
  const stopping = door.stop();
  expect(await watcher.next(({ type }) => type === 'going_away')).toMatchObject({
    retry_in_ms: expect.any(Number),
  });
  expect(await watcher.closed).toMatchObject({ code: 1012 });
  await stopping;
  await parley.publish('door', 'm-1', 'hello');
  parley.streams[0] = await door.again();
  const back = await parley.subscribe('door', { cursor: 'new:0' });
  expect((await back.answer('m-1')).at(-1)).toMatchObject({ final_message: true });
}, 90_000);
