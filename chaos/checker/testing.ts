// Histories made by hand: a good one that keeps every promise, for tests to break in one place.
import type { ChannelLog, History, StoredEvent } from '../history/history.js';
import type { Operation, Unstamped } from '../history/operation.js';
import type { RunEvent } from '#contracts';

export const CHANNEL = 'c';
const EPOCH = 'e.1';

type Told = Record<string, unknown> & { type: RunEvent['type'] };

/** Events of message m1 or another, numbered from `first`; `at` is 1000 + 10 per offset unless given. */
export const stored = (first: number, ...events: Told[]): StoredEvent[] =>
  events.map((event, i) => {
    const offset = first + i;
    const about = { message_id: 'm1', run_id: `run-${String(event['message_id'] ?? 'm1')}`, attempt: 1 };
    const at = event.type === 'output_text.delta' ? {} : { at: 1_000 + offset * 10 };
    return { offset, event: { ...about, ...at, ...event } as unknown as RunEvent };
  });

export const logOf = (...events: StoredEvent[]): ChannelLog => ({
  channel: CHANNEL,
  epoch: EPOCH,
  tip: events.at(-1)?.offset ?? 0,
  events,
  waiting: 0,
});

/** Stamps operations one millisecond apart, from `at` 1000. */
export const story = (...operations: Unstamped[]): Operation[] =>
  operations.map((operation, i) => ({ t: i, at: 1_000 + i, ...operation }) as Operation);

export const sent = (
  message_id = 'm1',
  more: Partial<Unstamped<Operation & { op: 'send' }>> = {},
): Unstamped => ({
  op: 'send',
  phase: 'ok',
  door: 'rabbitmq',
  source: 's',
  n: Number(message_id.slice(1)),
  channel: CHANNEL,
  message_id,
  body: `body of ${message_id}`,
  ...more,
});

export const queued = (message_id = 'm1'): Told => ({ type: 'run.queued', message_id, attempt: 0 });
export const started = (message_id = 'm1'): Told => ({ type: 'run.started', message_id });
export const delta = (text: string, attempt = 1): Told => ({
  type: 'output_text.delta',
  delta: text,
  attempt,
});
export const completed = (text: string, message_id = 'm1', attempt = 1): Told => ({
  type: 'run.completed',
  text,
  message_id,
  attempt,
});

/** One message, sent, answered "ab", seen by one subscriber from the beginning. */
export function good(): History {
  const events = stored(1, queued(), started(), delta('a'), delta('b'), completed('ab'));
  const place = { client: 'k', channel: CHANNEL, epoch: EPOCH };
  return {
    seed: 1,
    lease_ms: 1_000,
    messages: [
      { channel: CHANNEL, message_id: 'm1', body: 'body of m1', text: 'ab', cities: [], reply: false },
    ],
    operations: story(
      { op: 'subscribed', ...place, offset: 0, format: 'delta' },
      sent(),
      ...events.map(({ offset, event }): Unstamped => ({
        op: 'event',
        ...place,
        offset,
        event: { ...event },
      })),
    ),
    logs: [logOf(...events)],
    replies: [],
    failed: [],
    upstream: [],
    weather: [],
    handovers: [],
    workers: 3,
    leaks: [],
    ended_at: 5_000,
  };
}
