// A producer publishes one message; the people who watch the channel see the answer grow, and end once.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AnyFrame } from '../support/frame-socket.js';
import { requestComplaints } from '../support/request-complaints.js';
import { startSystem, type ParleySystem } from '../support/system.js';

let parley: ParleySystem;
beforeAll(async () => {
  parley = await startSystem();
}, 90_000);
afterAll(() => parley?.stop(), 30_000);

const statuses = (frames: AnyFrame[]): unknown[] => frames.map(({ status }) => status);
const distinct = (values: unknown[]): unknown[] => values.filter((value, i) => value !== values[i - 1]);

/** What old clients rely on, in every frame (S4-31). */
function expectDocumentedMembers(frame: AnyFrame): void {
  expect(frame).toMatchObject({
    message: expect.any(String),
    timestamp: expect.any(Number),
    status: expect.stringMatching(/^(started|processing|responding|in_progress|completed|error)$/),
    type: expect.stringMatching(/^(status|response|error|timeout)$/),
    final_message: expect.any(Boolean),
    message_id: expect.any(String),
    thread_id: expect.stringMatching(/^thread_/),
  });
  expect(Math.abs((frame['timestamp'] as number) - Date.now() / 1_000)).toBeLessThan(60);
}

describe('a message in, an answer out', () => {
  test('started, responding, the growing text, completed; each once, in this order', async () => {
    const watcher = await parley.subscribe('story-1');
    await parley.publish('story-1', 'm-1', 'Tell me a story [[tokens 120]] [[rate 300]]');
    const frames = await watcher.answer('m-1');
    frames.forEach(expectDocumentedMembers);

    expect(distinct(statuses(frames))).toEqual(['started', 'responding', 'in_progress', 'completed']);
    expect(statuses(frames).filter((status) => status === 'started')).toHaveLength(1);
    expect(statuses(frames).filter((status) => status === 'completed')).toHaveLength(1);
    expect(frames.map(({ final_message }) => final_message).indexOf(true)).toBe(frames.length - 1);

    const texts = frames.filter(({ type }) => type === 'response').map(({ message }) => message as string);
    expect(texts.length).toBeGreaterThan(3);
    texts.forEach((text, i) => expect(text.startsWith(texts[i - 1] ?? '')).toBe(true));
    const whole = Array.from({ length: 120 }, (_, i) => i + 1).join(' ');
    expect(texts.at(-1)!.trim()).toBe(whole);
  });

  test('small pieces are gathered: ten new characters or a second', async () => {
    const watcher = await parley.subscribe('throttle');
    await parley.publish(
      'throttle',
      'm-1',
      '[[say abcdefghijklmnopqrstuvwxyzabcdefghijklmn]] [[chars 1]] [[rate 100]]',
    );
    const frames = await watcher.answer('m-1');
    const sizes = frames
      .filter(({ status }) => status === 'in_progress')
      .map(({ message }) => String(message).length);
    sizes.slice(1).forEach((size, i) => expect(size - sizes[i]!).toBeGreaterThanOrEqual(10));
  });

  test.each([
    ['a Convex id', 'jd7c2k1v9q8r4t6y3w5z'],
    ['a UUID', '0b51a7de-3f7f-4d0f-8c53-5f3c8f2d9a10'],
    ['slashes, colons, spaces', 'team/a: b c'],
    ['emoji and globs', '🦜*?[a]^'],
    ['what looks like a key', 'x:../metadata:y'],
  ])('the channel may be %s', async (_, channel) => {
    const watcher = await parley.subscribe(channel);
    await parley.publish(channel, 'm-1', 'hello there');
    const frames = await watcher.answer('m-1');
    expect(frames.at(-1)).toMatchObject({ message: 'You said: hello there', final_message: true });
    expect(await parley.redis.get(`${parley.prefix}thread:${channel}`)).toBe(frames.at(-1)!['thread_id']);
  });

  test('whoever subscribed in the wrapped form gets wrapped answers; both forms side by side', async () => {
    const bare = await parley.subscribe('forms');
    const wrapped = await parley.connect();
    wrapped.send({ channel: 'subscription', payload: { action: 'subscribe', channel: 'forms' } });
    await wrapped.settled();
    await parley.publish('forms', 'm-1', 'hello');
    const frames = await bare.answer('m-1');
    const isFinal = ({ payload }: AnyFrame): boolean => (payload as AnyFrame)['final_message'] === true;
    const envelopes = await wrapped.until(isFinal);
    expect(envelopes.every(({ channel }) => channel === 'forms')).toBe(true);
    expect(envelopes.map(({ payload }) => (payload as AnyFrame)['status'])).toEqual(statuses(frames));
  });

  test('one socket watches several channels; after unsubscribe it hears no more', async () => {
    const watcher = await parley.subscribe('one');
    watcher.send({ action: 'subscribe', channel: 'two' });
    await watcher.settled();
    await parley.publish('one', 'm-1', 'first');
    await parley.publish('two', 'm-2', 'second');
    await Promise.all([watcher.answer('m-1'), watcher.answer('m-2')]);
    watcher.send({ action: 'unsubscribe', channel: 'one' });
    await watcher.settled();
    await parley.publish('one', 'm-3', 'third');
    await parley.publish('two', 'm-4', 'fourth');
    await watcher.answer('m-4');
    expect((await parley.rest('GET', '/channels/one/messages')).status).toBe(200);
    expect(watcher.frames.some(({ message_id }) => message_id === 'm-3')).toBe(false);
  });

  test('a message may come over the WebSocket, in both documented forms', async () => {
    const client = await parley.subscribe('typed');
    client.send({ action: 'send', channel: 'typed', message_id: 'm-1', message: 'hello' });
    client.send({ channel: 'typed', message: 'again', message_id: 'm-2' });
    expect((await client.answer('m-1')).at(-1)).toMatchObject({ message: 'You said: hello' });
    await client.answer('m-2');
    expect(client.frames.filter(({ type }) => type === 'ack')).toEqual([
      expect.objectContaining({ message_id: 'm-1', duplicate: false, run_id: expect.any(String) }),
      expect.objectContaining({ message_id: 'm-2' }),
    ]);
  });

  test('every request was one that OpenAI documents, and kept nothing there', async () => {
    for (const entry of await parley.journal()) {
      expect(entry.body).toMatchObject({ stream: true, store: false, instructions: expect.any(String) });
      expect(requestComplaints(entry)).toEqual([]);
    }
  });
});
