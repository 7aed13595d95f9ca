// The WebSocket door over a real server, real clients and a real Redis.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { channelKey, type ChannelRef, type RunEvent } from '#contracts';
import { answerEvents, emitEvents, TurnCounter } from '#testing';
import { DeliveryRig, newChannel } from '../testing/delivery-app.js';
import type { Json, JsonClient } from '../testing/json-client.js';
import type { SendDto } from './read-frame.js';

const PIECES = ['Hello', ' there,', ' how are', ' you?'];
const TEXT = PIECES.join('');

let rig: DeliveryRig;
let ref: ChannelRef;
const emit = (events: readonly RunEvent[], options?: { silent: boolean }) =>
  emitEvents(rig.state, ref, events, options);

beforeAll(async () => {
  rig = await DeliveryRig.open();
});
beforeEach(() => {
  ref = newChannel();
});
afterEach(() => rig.stopApps());
afterAll(() => rig.end());

const statuses = (frames: Json[]) => frames.map((frame) => frame['status']).filter(Boolean);
const isFinal = (frame: Json) => frame['final_message'] === true;
const final = (frames: Json[]) => frames.some(isFinal);
const completed = (frames: Json[]) => frames.some((frame) => frame['type'] === 'run.completed');
const offsets = (frames: Json[]) =>
  frames.filter((frame) => 'run_id' in frame).map((frame) => frame['offset'] as number);
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
/** What was sent before has been answered when the pong is here. */
async function settled(client: JsonClient): Promise<Json[]> {
  const pongs = () => client.frames.filter((frame) => frame['type'] === 'pong').length;
  const before = pongs();
  client.say({ action: 'ping' });
  await client.until(() => pongs() > before);
  return client.frames.filter((frame) => frame['type'] !== 'pong');
}

describe('the documented protocols', () => {
  it('sends bare frames: started, responding, growing text, one final', async () => {
    const app = await rig.start();
    const browser = await app.listener(ref);
    expect(await settled(browser)).toEqual([]);
    await emit(answerEvents('m1', PIECES));
    await browser.until(final);
    const frames = await settled(browser);
    expect(statuses(frames)).toEqual(['started', 'responding', 'in_progress', 'in_progress', 'completed']);
    const last = {
      message: TEXT,
      type: 'response',
      final_message: true,
      message_id: 'm1',
      thread_id: 'thread_test',
    };
    expect(frames.at(-1)).toMatchObject({ ...last, channel: ref.channel, offset: 6, attempt: 1 });
  });

  it('answers in the envelope to those who asked in one, and stops for both forms of unsubscribe', async () => {
    const app = await rig.start();
    const bare = await app.listener(ref);
    const guide = await app.client();
    guide.say({ channel: 'subscription', payload: { action: 'subscribe', channel: ref.channel } });
    await settled(guide);
    while (app.listeners(ref) < 2) await settled(guide);
    await emit(answerEvents('m1', PIECES));
    await guide.until((all) => all.some((frame) => frame['payload'] && isFinal(frame['payload'] as Json)));
    const answers = guide.frames.filter((frame) => frame['payload']);
    expect(new Set(answers.map((frame) => frame['channel']))).toEqual(new Set([ref.channel]));
    expect(statuses(answers.map((frame) => frame['payload'] as Json))).toEqual(
      statuses(await bare.until(final)),
    );

    guide.say({ channel: 'subscription', payload: { action: 'unsubscribe', channel: ref.channel } });
    bare.say({ action: 'unsubscribe', channel: ref.channel });
    await Promise.all([settled(guide), settled(bare)]);
    const before = [guide.frames.length, bare.frames.length];
    const witness = await app.listener(ref);
    await emit(answerEvents('m2', PIECES));
    await witness.until(final);
    expect([guide.frames.length, bare.frames.length]).toEqual(before);
  });

  it('shows a late subscriber the start and the newest text, then goes on', async () => {
    const app = await rig.start();
    const [started, first, second, third, fourth, end] = answerEvents('m1', PIECES) as RunEvent[];
    await emit([started!, first!, second!, third!]);
    const late = await app.listener(ref);
    await late.until((all) => all.length === 3);
    expect(statuses(late.frames)).toEqual(['started', 'responding', 'in_progress']);
    expect(late.frames[2]).toMatchObject({ message: 'Hello there, how are', offset: 4, attempt: 1 });
    const raw = await app.listener(ref, { format: 'delta' });
    await emit([fourth!, end!]);
    await Promise.all([late.until(final), raw.until(completed)]);
    expect(statuses(late.frames)).toEqual(['started', 'responding', 'in_progress', 'completed']);
    expect(offsets(raw.frames)).toEqual(upTo(6));
  });

  it('takes back text that a new attempt supersedes, and ends failures with their code', async () => {
    const app = await rig.start();
    const client = await app.listener(ref);
    const run = { run_id: 'run-m1', message_id: 'm1', attempt: 1 };
    const [started, ...deltas] = answerEvents('m1', PIECES).slice(0, -1);
    await emit([
      started!,
      { type: 'tool.started', ...run, at: 1, call_id: 'c1', name: 'get_weather' },
      ...deltas,
      { type: 'run.reset', ...run, attempt: 2, at: 1, keep: 5 },
      { type: 'output_text.delta', ...run, attempt: 2, delta: ' world, again' },
      {
        type: 'run.failed',
        ...run,
        attempt: 2,
        at: 1,
        thread_id: 'thread_test',
        code: 'run_timeout',
        error: 'x',
      },
    ]);
    const frames = await client.until(final);
    expect(statuses(frames).slice(0, 3)).toEqual(['started', 'processing', 'responding']);
    expect(
      frames.filter((frame) => frame['status'] === 'in_progress').map((frame) => frame['message']),
    ).toEqual(['Hello there,', TEXT, 'Hello', 'Hello world, again']);
    const error = { status: 'error', type: 'timeout', error_details: 'run_timeout', attempt: 2 };
    expect(frames.at(-1)).toMatchObject({ ...error, message: 'The answer took too long. Please try again.' });
  });
});

describe('cursors', () => {
  it('goes on after any offset with nothing missing and nothing twice', async () => {
    const app = await rig.start();
    const events = answerEvents('m1', PIECES);
    const live = await app.listener(ref, { format: 'delta' });
    expect(await live.typed('subscribed')).toMatchObject({ epoch: 'new', offset: 0, cursor: 'new:0' });
    await emit(events);
    await live.until(completed);
    expect(offsets(live.frames)).toEqual(upTo(6));
    const shown = live.frames.slice(1).map(({ channel: _c, epoch: _e, offset: _o, ...event }) => event);
    expect(shown).toEqual(events);

    const epoch = live.frames[1]!['epoch'] as string;
    for (let seen = 0; seen < 6; seen++) {
      const again = await app.listener(ref, { format: 'delta', cursor: `${epoch}:${seen}` });
      await again.until(completed);
      expect(offsets(again.frames)).toEqual(upTo(6).slice(seen));
    }
    const fromNew = await app.listener(ref, { cursor: 'new:0' });
    expect(await fromNew.until(final)).toContainEqual(expect.objectContaining({ message: TEXT }));
  });

  it('shows the whole text after any offset in the documented format, each text a prefix of the next', async () => {
    const app = await rig.start();
    const probe = await app.listener(ref, { format: 'delta' });
    const events = answerEvents('m1', PIECES);
    await emit(events.slice(0, 5));
    await probe.until((frames) => offsets(frames).length === 5);
    const epoch = probe.frames[1]!['epoch'] as string;
    const cursors = [0, 1, 2, 3, 4, 5].map((seen) => `${epoch}:${seen}`);
    const clients = await Promise.all(cursors.map(() => app.client()));
    for (const [i, client] of clients.entries())
      client.say({ action: 'subscribe', channel: ref.channel, cursor: cursors[i] });
    await Promise.all(clients.map((client) => settled(client)));
    while (app.listeners(ref) < 7) await settled(probe);
    await emit(events.slice(5));
    for (const [seen, client] of clients.entries()) {
      await client.until(final);
      const texts = client.frames.flatMap((frame) =>
        frame['type'] === 'response' ? [frame['message'] as string] : [],
      );
      expect(texts.at(-1)).toBe(TEXT);
      for (const [i, text] of texts.entries())
        expect(TEXT.startsWith(text) && text.length >= (texts[i - 1] ?? '').length).toBe(true);
      expect(client.frames.filter((frame) => frame['status'] === 'started')).toHaveLength(seen === 0 ? 1 : 0);
      expect(client.frames.filter((frame) => frame['status'] === 'responding')).toHaveLength(
        seen < 2 ? 1 : 0,
      );
    }
  });

  it('is served by another replica, and by one that lost the hints', async () => {
    const [first, second] = [await rig.start(), await rig.start()];
    const [a, b] = [
      await first.listener(ref, { format: 'delta' }),
      await second.listener(ref, { format: 'delta' }),
    ];
    await emit(answerEvents('m1', PIECES));
    await Promise.all([a.until(completed), b.until(completed)]);
    expect(offsets(a.frames)).toEqual(offsets(b.frames));

    await emit(answerEvents('m2', PIECES), { silent: true });
    await Promise.all([first.hub.check(), second.hub.check()]);
    const all = (frames: Json[]) => offsets(frames).length === 12;
    await Promise.all([a.until(all), b.until(all)]);
    expect(offsets(a.frames)).toEqual(upTo(12));
    expect(offsets(b.frames)).toEqual(upTo(12));
  });

  it.each([
    ['foreign', (epoch: string) => `x${epoch}:2`, 'epoch_changed'],
    ['from the future', (epoch: string) => `${epoch}:99`, 'cursor_ahead'],
  ])('answers a cursor that is %s with a reset and what can be shown', async (_name, forge, reason) => {
    const app = await rig.start();
    await emit(answerEvents('m1', PIECES));
    const probe = await app.listener(ref, { cursor: 'new:0', format: 'delta' });
    await probe.until(completed);
    const client = await app.listener(ref, { cursor: forge(probe.frames[1]!['epoch'] as string) });
    const reset = await client.typed('reset');
    expect(reset).toMatchObject({ channel: ref.channel, reason, first_offset: 1, offset: 6 });
    await client.until(final);
    await emit(answerEvents('m2', PIECES));
    await client.until((frames) => frames.filter(isFinal).length === 2);
    expect(client.frames.filter(isFinal).map((frame) => frame['message_id'])).toEqual(['m1', 'm2']);
  });

  it('answers a cursor whose events were trimmed with a reset', async () => {
    const app = await rig.start();
    const probe = await app.listener(ref, { format: 'delta' });
    await emit(answerEvents('m1', PIECES));
    await emit(answerEvents('m2', PIECES));
    await probe.until((frames) => offsets(frames).length === 12);
    await rig.state.client.xtrim(logOf(ref), 'MINID', '9-0');
    const cursor = `${probe.frames[1]!['epoch'] as string}:3`;
    const client = await app.listener(ref, { format: 'delta', cursor });
    expect(await client.typed('reset')).toMatchObject({
      reason: 'cursor_too_old',
      first_offset: 9,
      offset: 12,
    });
    await client.until(completed);
    expect(offsets(client.frames)).toEqual([12]);
  });

  it('tells everybody when the log begins anew', async () => {
    const app = await rig.start();
    const raw = await app.listener(ref, { format: 'delta' });
    await emit(answerEvents('m1', PIECES));
    await raw.until(completed);
    await rig.state.client.del(logOf(ref), rig.state.keys.shardOf(chkOf(ref)).channel(chkOf(ref)));
    await emit(answerEvents('m2', PIECES));
    const reset = await raw.typed('reset');
    expect(reset['reason']).toBe('epoch_changed');
    await raw.until((frames) =>
      frames.some((frame) => frame['message_id'] === 'm2' && frame['type'] === 'run.completed'),
    );
    const after = raw.frames.slice(raw.frames.indexOf(reset) + 1);
    expect(new Set(after.map((frame) => frame['epoch']))).toEqual(new Set([reset['epoch']]));
  });

  it('filters by run', async () => {
    const app = await rig.start();
    const client = await app.listener(ref, { run_id: 'run-m2' });
    await emit(answerEvents('m1', PIECES));
    await emit(answerEvents('m2', PIECES));
    await client.until(final);
    expect(new Set(client.frames.slice(1).map((frame) => frame['run_id']))).toEqual(new Set(['run-m2']));
  });
});

describe('bad clients', () => {
  it.each([
    ['not JSON', '{', 'invalid_json'],
    ['no object', '[1]', 'invalid_request'],
    ['an unknown action', '{"action":"explode"}', 'unknown_action'],
    ['no action', '{}', 'unknown_action'],
    ['too deep', '['.repeat(40), 'too_complex'],
    ['no channel', '{"action":"subscribe"}', 'invalid_request'],
    ['a channel that is no text', '{"action":"subscribe","channel":{"a":1}}', 'invalid_request'],
    ['a huge channel', JSON.stringify({ action: 'subscribe', channel: 'x'.repeat(4096) }), 'invalid_request'],
    ['a bad cursor', '{"action":"subscribe","channel":"a","cursor":"-1"}', 'invalid_cursor'],
    ['an empty message', '{"channel":"a","message_id":"m","message":" "}', 'invalid_request'],
    ['nothing to cancel', '{"action":"cancel"}', 'invalid_request'],
    ['a forbidden member', '{"action":"ping","__proto__":{}}', 'invalid_request'],
  ])('answers %s with an error and stays', async (_name, frame, code) => {
    const app = await rig.start();
    const client = await app.client();
    client.say(frame);
    expect(await client.typed('error')).toMatchObject({ type: 'error', code, error: expect.any(String) });
    expect(await settled(client)).toHaveLength(1);
  });

  it('refuses binary frames, and answers in the envelope of the question', async () => {
    const app = await rig.start();
    const client = await app.client();
    client.socket.send(Buffer.from([0, 1, 2]));
    client.say({ channel: 'subscription', payload: { action: 'nothing', channel: 'c' } });
    await client.until((frames) => frames.length === 2);
    expect(client.frames[0]).toMatchObject({ type: 'error', code: 'invalid_request' });
    expect(client.frames[1]).toMatchObject({
      channel: 'c',
      payload: { type: 'error', code: 'unknown_action' },
    });
  });

  it('bounds subscriptions and floods without hurting others', async () => {
    const app = await rig.start({ WS_MAX_SUBSCRIPTIONS: '2' });
    const good = await app.listener(ref);
    const bad = await app.client();
    for (const channel of ['a', 'b', 'c']) bad.say({ action: 'subscribe', channel });
    expect(await bad.typed('error')).toMatchObject({ code: 'rate_limited', channel: 'c' });
    for (let i = 0; i < 10_000; i++) bad.say('{"action":"ping"}');
    await emit(answerEvents('m1', PIECES));
    await good.until(final);
    expect(await bad.closed).toBe(4429);
  });

  it('reads a burst piece by piece, in the order of each socket, and lets everything else have its turn', async () => {
    const [sockets, frames, text] = [5, 60, 'x'.repeat(60_000)];
    const turns = new TurnCounter();
    const seen = new Map<string, string[]>();
    let paused = 0;
    const app = await rig.start(
      {},
      {
        send: async ({ channel, message_id, message }: SendDto) => {
          turns.add(message.length);
          paused += app.gateway.sockets().filter((socket) => socket.isPaused).length;
          seen.set(channel, [...(seen.get(channel) ?? []), message_id]);
          return { type: 'ack', message_id };
        },
      },
    );
    const clients = await Promise.all(Array.from({ length: sockets }, () => app.client()));
    const sent = Array.from({ length: frames }, (_, n) => `m${n}`);
    for (const message_id of sent)
      for (const [i, client] of clients.entries())
        client.say({ action: 'send', channel: `c${i}`, message_id, message: text });
    for (const [i, client] of clients.entries()) {
      expect((await settled(client)).map((frame) => frame['message_id'])).toEqual(sent);
      expect(seen.get(`c${i}`)).toEqual(sent);
    }
    expect(paused).toBeGreaterThan(0);
    // The budget and a frame, at the most twice between two looks of the counter; sixty frames a socket are 18 MB.
    expect(turns.end()).toBeLessThan(2 * (128 * 1024 + text.length));
    expect(app.gateway.sockets().some((socket) => socket.isPaused)).toBe(false);
  });

  it('closes a socket that never answers a ping', async () => {
    const app = await rig.start({ WS_PING_SECONDS: '2', WS_PONG_SECONDS: '3' });
    const mute = await app.client({ autoPong: false });
    const alive = await app.client();
    const ping = new Promise((resolve) => alive.socket.once('ping', resolve));
    app.gateway.heartbeat.tick();
    app.gateway.heartbeat.tick();
    await ping;
    await settled(alive);
    for (let i = 0; i < 3; i++) app.gateway.heartbeat.tick();
    expect(await mute.closed).toBe(1006);
    expect(alive.socket.readyState).toBe(WebSocket.OPEN);
  });

  it.each(['delta', 'cumulative'])(
    'lets a reader that pauses miss nothing that counts (%s)',
    async (format) => {
      const app = await rig.start({ SLOW_CONSUMER_SOFT_BYTES: '4096' });
      const slow = await app.listener(ref, { format });
      await slow.typed('subscribed');
      slow.socket.pause();
      const pieces = Array.from({ length: 300 }, (_, i) =>
        String(i % 10).repeat(format === 'delta' ? 32_768 : 400),
      );
      const events = answerEvents('m1', pieces);
      for (let i = 0; i < events.length; i += 20) await emit(events.slice(i, i + 20));
      slow.socket.resume();
      if (format === 'delta') {
        await slow.until(completed);
        expect(offsets(slow.frames)).toEqual(upTo(302));
      } else {
        await slow.until(final);
        expect(slow.frames.filter(isFinal)).toHaveLength(1);
        expect(slow.frames.at(-1)).toMatchObject({ status: 'completed', message: pieces.join('') });
        const texts = slow.frames.flatMap((frame) =>
          frame['status'] === 'in_progress' ? [frame['message'] as string] : [],
        );
        texts.reduce((before, text) => (expect(text.startsWith(before)).toBe(true), text), '');
      }
    },
  );

  it('lets go of one that never reads', async () => {
    const app = await rig.start({ SLOW_CONSUMER_SOFT_BYTES: '4096', SLOW_CONSUMER_STALL_SECONDS: '1' });
    const stuck = await app.listener(ref, { format: 'delta' });
    stuck.socket.pause();
    const closed = new Promise<void>((resolve) => {
      const [socket] = app.gateway.sockets();
      socket!.once('close', () => resolve());
    });
    const pieces = Array.from({ length: 240 }, () => 'x'.repeat(32_768));
    const events = answerEvents('m1', pieces);
    for (let i = 0; i < events.length; i += 20) await emit(events.slice(i, i + 20));
    await closed;
    stuck.socket.resume();
    expect([1006, 4408]).toContain(await stuck.closed);
  });
});

describe('access', () => {
  const closed = { WS_TOKEN: 'secret' };
  it.each([
    ['none', {}, [], {}],
    ['a wrong one in a frame', {}, [], { token: 'wrong' }],
    ['a wrong one in the header', { headers: { authorization: 'Bearer wrong' } }, [], {}],
    ['a wrong subprotocol', {}, ['bearer', 'wrong'], {}],
  ])('gives no frames for the token: %s', async (_name, options, protocols, extra) => {
    const app = await rig.start(closed);
    const client = await app.client(options, protocols);
    client.say({ action: 'subscribe', channel: ref.channel, ...extra });
    expect(await client.typed('error')).toMatchObject({ code: 'unauthorized', channel: ref.channel });
    await emit(answerEvents('m1', PIECES));
    expect(await settled(client)).toHaveLength(1);
    expect(app.listeners(ref)).toBe(0);
  });

  it.each([
    ['a frame', {}, [], { token: 'secret' }],
    ['the header', { headers: { authorization: 'Bearer secret' } }, [], {}],
    ['a subprotocol', {}, ['bearer', 'secret'], {}],
  ])('accepts the token from %s', async (_name, options, protocols, extra) => {
    const app = await rig.start(closed);
    const client = await app.client(options, protocols);
    client.say({ action: 'subscribe', channel: ref.channel, format: 'delta', ...extra });
    await client.typed('subscribed');
    expect(client.socket.protocol).toBe(protocols[0] ?? '');
  });

  it('refuses foreign origins at the upgrade', async () => {
    const app = await rig.start({ ...closed, WS_ALLOWED_ORIGINS: 'https://good.example' });
    await expect(app.client({ origin: 'https://evil.example' })).rejects.toThrow('403');
    await app.client({ origin: 'https://good.example' });
  });
});

describe('relay and stop', () => {
  it("passes an outside publisher's payload to the subscribers of every replica as they subscribed", async () => {
    const [first, second] = [await rig.start(), await rig.start()];
    const bare = await first.listener(ref);
    const enveloped = await second.client();
    enveloped.say({ channel: 'subscription', payload: { action: 'subscribe', channel: ref.channel } });
    while (second.listeners(ref) === 0) await settled(enveloped);
    const publisher = await second.client();
    // Both replicas must have subscribed to the topic; nothing outside tells, so it is said until it is heard.
    const payload = { status: 'in_progress', message: 'from elsewhere' };
    const heard = () => bare.frames.length > 0 && enveloped.frames.some((frame) => frame['payload']);
    while (!heard()) {
      publisher.say({ channel: ref.channel, payload });
      await Promise.all([settled(bare), settled(enveloped), settled(publisher)]);
    }
    expect(bare.frames.find((frame) => frame['status'])).toEqual(payload);
    expect(enveloped.frames.find((frame) => frame['payload'])).toEqual({ channel: ref.channel, payload });
  });

  it('tells clients when to come back and closes with 1012', async () => {
    const app = await rig.start();
    const client = await app.client();
    await app.app.close();
    expect(await client.closed).toBe(1012);
    expect(client.frames).toEqual([{ type: 'going_away', retry_in_ms: expect.any(Number) }]);
  });
});

const chkOf = (channel: ChannelRef) => channelKey(channel);
const logOf = (channel: ChannelRef) => rig.state.keys.shardOf(chkOf(channel)).log(chkOf(channel));
