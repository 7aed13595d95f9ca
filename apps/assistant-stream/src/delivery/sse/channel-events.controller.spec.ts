// SSE over a real server and a real Redis, read as bytes.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { ChannelRef } from '#contracts';
import { answerEvents, emitEvents } from '#testing';
import { SseStreams } from './sse-streams.js';
import { DeliveryRig, newChannel, type DeliveryApp } from '../testing/delivery-app.js';

interface Event {
  id?: string;
  event: string;
  data: Record<string, unknown>;
}

let rig: DeliveryRig;
let ref: ChannelRef;
const streams: AbortController[] = [];

beforeAll(async () => {
  rig = await DeliveryRig.open();
});
beforeEach(() => {
  ref = newChannel();
});
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.abort();
  await rig.stopApps();
});
afterAll(() => rig.end());

async function open(app: DeliveryApp, query = '', headers: Record<string, string> = {}) {
  const abort = new AbortController();
  streams.push(abort);
  const url = `http://127.0.0.1:${app.port}/channels/${ref.channel}/events${query}`;
  const response = await fetch(url, { headers, signal: abort.signal });
  return { response, events: read(response), abort };
}

/** Events up to and with the first that satisfies. */
async function until(events: AsyncGenerator<Event>, done: (event: Event) => boolean): Promise<Event[]> {
  const all: Event[] = [];
  for (;;) {
    const { value, done: ended } = await events.next();
    if (ended) return all;
    all.push(value);
    if (done(value)) return all;
  }
}

async function* read(response: Response): AsyncGenerator<Event> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const fields = text
        .slice(0, end)
        .split('\n')
        .map((line) => line.split(/: (.*)/s) as [string, string]);
      text = text.slice(end + 2);
      const { id, event, data, retry } = Object.fromEntries(fields) as Record<string, string>;
      if (event) yield { ...(id !== undefined && { id }), event, data: JSON.parse(data!) as Event['data'] };
      else if (retry) yield { event: 'retry', data: { ms: Number(retry) } };
      else yield { event: 'comment', data: {} };
    }
  }
}

const ended = ({ event }: Event) => event === 'run.completed';

it('sends the events of the log with their cursors, and resumes by Last-Event-ID or ?cursor=', async () => {
  const app = await rig.start();
  const { response, events } = await open(app);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  await until(events, ({ event }) => event === 'subscribed');
  await emitEvents(rig.state, ref, answerEvents('m1', ['Hel', 'lo']));
  const all = await until(events, ended);
  expect(all.map(({ event, data }) => [event, data['offset']])).toEqual([
    ['run.started', 1],
    ['output_text.delta', 2],
    ['output_text.delta', 3],
    ['run.completed', 4],
  ]);
  expect(all[1]).toMatchObject({
    id: `${all[1]!.data['epoch'] as string}:2`,
    data: { delta: 'Hel', channel: ref.channel },
  });
  for (const [query, headers] of [
    [`?cursor=${all[1]!.id}`, {}],
    ['?cursor=ignored:1', { 'last-event-id': all[1]!.id! }],
  ] as const) {
    const again = await until((await open(app, query, headers)).events, ended);
    expect(again.filter(({ event }) => event !== 'subscribed' && event !== 'retry')).toEqual(all.slice(2));
  }
});

it('gives the documented frames when asked, and a reset for a cursor from elsewhere', async () => {
  const app = await rig.start();
  await emitEvents(rig.state, ref, answerEvents('m1', ['Hello there', ', you']));
  const { events } = await open(app, '?format=cumulative&cursor=elsewhere:1');
  const all = await until(events, ({ event }) => event === 'completed');
  expect(all.map(({ event }) => event)).toEqual(['retry', 'subscribed', 'reset', 'completed']);
  expect(all[2]!.data).toMatchObject({ reason: 'epoch_changed', offset: 4 });
  expect(all[3]!.data).toMatchObject({ final_message: true, message: 'Hello there, you' });
});

it.each([
  ['a bad cursor', '?cursor=nonsense', {}, 400, 'invalid_cursor'],
  ['a bad format', '?format=xml', {}, 400, 'invalid_request'],
  ['no token', '', {}, 401, 'unauthorized'],
  ['a foreign origin', '', { authorization: 'Bearer s', origin: 'https://evil.example' }, 403, 'forbidden'],
])('answers %s as a problem', async (_name, query, headers, status, code) => {
  const app = await rig.start(status === 401 || status === 403 ? { WS_TOKEN: 's' } : {});
  const { response } = await open(app, query, headers as Record<string, string>);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ code });
});

it('pings, forgets streams that are gone, and says when to come back at the stop', async () => {
  const app = await rig.start();
  const { events } = await open(app);
  await until(events, ({ event }) => event === 'subscribed');
  app.app.get(SseStreams).ping();
  await until(events, ({ event }) => event === 'comment');
  const gone = await open(app);
  await until(gone.events, ({ event }) => event === 'subscribed');
  expect(app.listeners(ref)).toBe(2);
  gone.abort.abort();
  while (app.listeners(ref) > 1) await new Promise((resolve) => setImmediate(resolve));
  const stopped = app.app.close();
  const last = await until(events, () => false);
  expect(last).toEqual([{ event: 'retry', data: { ms: expect.any(Number) } }]);
  await stopped;
});

it('answers HEAD with the head alone, and follows nothing', async () => {
  const app = await rig.start();
  const url = `http://127.0.0.1:${app.port}/channels/${ref.channel}/events`;
  const response = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(5_000) });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(app.listeners(ref)).toBe(0);
});
