// Whoever comes late or comes back misses nothing: WebSocket and SSE, one cursor, several replicas.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AnyFrame } from '../support/frame-socket.js';
import { readEvents } from '../support/sse-client.js';
import { startSystem, type ParleySystem } from '../support/system.js';

let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem({ streams: ['ingress,worker,delivery', 'delivery'] });
}, 90_000);
afterAll(() => parley?.stop(), 30_000);

const isDelta = ({ type }: AnyFrame): boolean => type === 'output_text.delta';
const textOf = (events: AnyFrame[]): string =>
  events
    .filter(isDelta)
    .map(({ delta }) => delta)
    .join('');
const WHOLE = (count: number): string => Array.from({ length: count }, (_, i) => i + 1).join(' ');
const ended = ({ type }: AnyFrame): boolean => /^run\.(completed|failed|cancelled)$/.test(String(type));

test('late, in the documented form: the latest frame at once, then the rest', async () => {
  const first = await parley.subscribe('late');
  await parley.publish('late', 'm-1', '[[tokens 60]] [[rate 40]]');
  await first.next(({ status, message }) => status === 'in_progress' && String(message).length > 40);
  const late = await parley.subscribe('late', {}, parley.streams[1]);
  const frames = await late.answer('m-1');
  expect(frames[0]).toMatchObject({ status: 'started' });
  const shown = frames.find(({ status }) => status === 'in_progress')!;
  expect(String(shown['message']).length).toBeGreaterThan(20);
  expect(frames.at(-1)).toMatchObject({ final_message: true });
  expect(String(frames.at(-1)!['message']).trim()).toBe(WHOLE(60));
});

test('cut off in the middle and back on another replica: every event once', async () => {
  const client = await parley.subscribe('cut', { format: 'delta' });
  await parley.publish('cut', 'm-1', '[[tokens 80]] [[rate 80]]');
  const before = await client.until((event) => isDelta(event) && String(event['delta']).includes('30'));
  const seen = before.findLast(({ offset }) => typeof offset === 'number')!;
  client.socket.terminate();
  const cursor = `${String(seen['epoch'])}:${String(seen['offset'])}`;
  const back = await parley.subscribe('cut', { format: 'delta', cursor }, parley.streams[1]);
  const after = await back.until(ended);
  const events = [...before, ...after].filter(({ type }) => type !== 'subscribed');
  expect(events.map(({ offset }) => offset)).toEqual(events.map((_, i) => i + 1));
  expect(textOf(events).trim()).toBe(WHOLE(80));
});

test('after the end everything can still be read, from any cursor', async () => {
  const client = await parley.subscribe('again', { format: 'delta' });
  await parley.publish('again', 'm-1', 'hello [[tokens 10]]');
  const all = (await client.until(ended)).filter(({ offset }) => typeof offset === 'number' && offset > 0);
  const epoch = String(all[0]!['epoch']);
  for (const from of [0, 1, Math.floor(all.length / 2), all.length - 1]) {
    const reader = await parley.subscribe('again', { format: 'delta', cursor: `${epoch}:${from}` });
    const events = (await reader.until(ended)).filter(({ type }) => type !== 'subscribed');
    expect(events.map(({ offset }) => offset)).toEqual(all.slice(from).map(({ offset }) => offset));
  }
});

test.each(['someone-elses:1', 'ahead'])(
  'a cursor that cannot be served (%s) gets a reset, never silence',
  async (kind) => {
    const client = await parley.subscribe(`reset-${kind}`, { format: 'delta' });
    await parley.publish(`reset-${kind}`, 'm-1', 'hello');
    const end = (await client.until(ended)).at(-1)!;
    const cursor = kind === 'ahead' ? `${String(end['epoch'])}:999999` : kind;
    const lost = await parley.subscribe(`reset-${kind}`, { format: 'delta', cursor });
    const reset = await lost.next(({ type }) => type === 'reset');
    expect(reset).toMatchObject({
      reason: kind === 'ahead' ? 'cursor_ahead' : 'epoch_changed',
      epoch: end['epoch'],
    });
  },
);

test('SSE: the same events, and Last-Event-ID resumes', async () => {
  const { body } = await parley.rest('POST', '/channels/sse/messages', {
    message: '[[tokens 40]] [[rate 80]]',
  });
  const url = `${parley.delivery.url}/channels/sse/events`;
  const start = String(body['cursor']).replace(/:\d+$/, ':0');
  const first = await readEvents(`${url}?cursor=${start}`, { until: ({ count }) => count === 12 });
  const rest = await readEvents(url, {
    headers: { 'last-event-id': first.at(-1)!.id },
    until: ({ event }) => ended({ type: event }),
  });
  const events = [...first, ...rest].filter(({ event }) => event !== 'subscribed');
  expect(events.map(({ id }) => Number(id.split(':').at(-1)))).toEqual(events.map((_, i) => i + 1));
  expect(textOf(events.map(({ event, data }) => ({ ...data, type: event }))).trim()).toBe(WHOLE(40));
});
