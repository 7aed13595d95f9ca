// The checker, checked: a good history passes, and each way of breaking it is found under its own name.
import { describe, expect, test } from '@jest/globals';
import type { History, Reply } from '../history/history.js';
import type { Unstamped } from '../history/operation.js';
import { check } from './check.js';
import { CHANNEL, completed, delta, good, logOf, queued, sent, started, stored, story } from './testing.js';

const broken = (change: Partial<History>): string[] => {
  const { violations } = check({ ...good(), ...change });
  return [...new Set(violations.map(({ invariant }) => invariant))].toSorted();
};
/** Without subscribers, so that only the log speaks. */
const log = (...events: Parameters<typeof logOf>): Partial<History> => ({
  operations: story(sent()),
  logs: [logOf(...events)],
});
const place = { client: 'k', channel: CHANNEL, epoch: 'e.1' };
const seen = (...offsets: number[]): Unstamped[] =>
  offsets.map((offset) => ({
    op: 'event',
    ...place,
    offset,
    event: { ...good().logs[0]!.events[offset - 1]!.event },
  }));
const from = (offset: number, asked?: string): Unstamped => ({
  op: 'subscribed',
  ...place,
  offset,
  format: 'delta',
  ...(asked !== undefined && { asked }),
});
const reset = (epoch: string, offset: number, reason = 'epoch_changed'): Unstamped => ({
  op: 'reset',
  ...place,
  epoch,
  offset,
  reason,
});
const frame = (offset: number, text: string, final: boolean): Unstamped => ({
  op: 'frame',
  ...place,
  offset,
  text,
  final,
  status: final ? 'completed' : 'in_progress',
  run_id: 'run-m1',
  message_id: 'm1',
});
const one = (text = 'ab') => [queued(), started(), delta('a'), delta('b'), completed(text)];

test('a good history breaks nothing', () => {
  expect(check(good()).violations).toEqual([]);
});

describe('what the log says', () => {
  test.each<[string, string[], Partial<History>]>([
    ['an end twice', ['I1'], log(...stored(1, ...one(), completed('ab')))],
    ['an accepted message without a run', ['I1'], { operations: story(sent(), sent('m2')) }],
    ['a run that nobody sent', ['I1'], { ...log(...stored(1, ...one())), operations: [] }],
    ['accepted twice', ['I1'], log(...stored(1, queued(), ...one()))],
    ['a run that does not end', ['I1', 'I6'], log(...stored(1, queued(), started()))],
    [
      'deltas that are not the text',
      ['I2'],
      log(...stored(1, queued(), started(), delta('x'), completed('ab'))),
    ],
    [
      'another text than the provider’s',
      ['I2'],
      log(...stored(1, queued(), started(), delta('x'), completed('x'))),
    ],
    [
      'a failure without a reason',
      ['I2'],
      log(...stored(1, queued(), started(), { type: 'run.failed', code: 'internal' })),
    ],
    [
      'a new attempt that does not say so',
      ['I2'],
      log(...stored(1, queued(), started(), delta('a'), delta('b', 2), completed('ab', 'm1', 2))),
    ],
    [
      'an offset left out',
      ['I5'],
      log(...stored(1, queued(), started()), ...stored(4, delta('a'), delta('b'), completed('ab'))),
    ],
    [
      'an old attempt that writes late',
      ['I5'],
      log(
        ...stored(
          1,
          queued(),
          started(),
          { type: 'run.reset', keep: 0, attempt: 2 },
          delta('a', 1),
          delta('b', 2),
          completed('ab', 'm1', 2),
        ),
      ),
    ],
    [
      'a tip beyond the log',
      ['I5'],
      { ...log(...stored(1, ...one())), logs: [{ ...logOf(...stored(1, ...one())), tip: 9 }] },
    ],
    ['a run still in the inbox', ['I6'], { logs: [{ ...good().logs[0]!, waiting: 1 }] }],
    [
      'a tool call started twice',
      ['I8'],
      log(
        ...stored(
          1,
          queued(),
          started(),
          { type: 'tool.started', call_id: 't' },
          { type: 'tool.started', call_id: 't' },
          { type: 'tool.finished', call_id: 't' },
          delta('ab'),
          completed('ab'),
        ),
      ),
    ],
    ['a secret in a log', ['I11'], { leaks: ['worker.log holds it'] }],
  ])('%s', (_, invariants, change) => {
    expect(broken(change)).toEqual(invariants);
  });

  test('a superseding attempt that says so is fine', () => {
    const events = stored(
      1,
      queued(),
      started(),
      delta('ax'),
      { type: 'run.reset', keep: 1, attempt: 2 },
      delta('b', 2),
      completed('ab', 'm1', 2),
    );
    expect(broken({ operations: story(sent()), logs: [logOf(...events)] })).toEqual([]);
  });
});

describe('order in a channel', () => {
  const two = (m1: number, m2: number) => story(sent('m1', { n: m1 }), sent('m2', { n: m2 }));
  const inTurn = stored(
    1,
    queued(),
    queued('m2'),
    started(),
    delta('ab'),
    completed('ab'),
    started('m2'),
    completed('', 'm2'),
  );

  test('one after the other is fine', () => {
    expect(broken({ operations: two(1, 2), logs: [logOf(...inTurn)] })).toEqual([]);
  });
  test('two at once', () => {
    const events = stored(
      1,
      queued(),
      queued('m2'),
      started(),
      started('m2'),
      delta('ab'),
      completed('ab'),
      completed('', 'm2'),
    );
    expect(broken({ operations: two(1, 2), logs: [logOf(...events)] })).toEqual(['I3']);
  });
  test('the later one first', () => {
    const events = stored(
      1,
      queued(),
      queued('m2'),
      started('m2'),
      completed('', 'm2'),
      started(),
      delta('ab'),
      completed('ab'),
    );
    expect(broken({ operations: two(1, 2), logs: [logOf(...events)] })).toEqual(['I3']);
  });
  test('a source overtaken by itself', () => {
    expect(broken({ operations: two(2, 1), logs: [logOf(...inTurn)] })).toEqual(['I3']);
  });
});

describe('what a subscriber saw', () => {
  test.each<[string, string[], Unstamped[]]>([
    ['all', [], [from(0), ...seen(1, 2, 3, 4, 5)]],
    ['a gap', ['I4'], [from(0), ...seen(1, 2, 4, 5)]],
    ['something twice', ['I4'], [from(0), ...seen(1, 2, 2, 3, 4, 5)]],
    ['not the end', ['I4'], [from(0), ...seen(1, 2, 3)]],
    ['a resumption at its place', [], [from(0), ...seen(1, 2), from(2, 'e.1:2'), ...seen(3, 4, 5)]],
    ['a resumption further on', ['I4'], [from(0), ...seen(1, 2), from(3, 'e.1:2'), ...seen(4, 5)]],
    [
      'a reset with a new epoch',
      [],
      [{ ...from(2), epoch: 'e.0' } as Unstamped, reset('e.1', 4), ...seen(2, 3, 4, 5)],
    ],
    ['a reset without a cause', ['I4'], [from(0), ...seen(1, 2), reset('e.1', 2), ...seen(1, 2, 3, 4, 5)]],
    ['a reset because of trimming', ['I4'], [from(0), reset('e.1', 2, 'cursor_too_old'), ...seen(3, 4, 5)]],
    ['growing texts', [], [from(0), frame(3, 'a', false), frame(5, 'ab', true)]],
    ['a wrong growing text', ['I4'], [from(0), frame(3, 'b', false), frame(5, 'ab', true)]],
    ['no end', ['I4'], [from(0), frame(4, 'ab', false)]],
    ['an end twice', ['I4'], [from(0), frame(5, 'ab', true), frame(5, 'ab', true)]],
    ['an end with another text', ['I4'], [from(0), frame(5, 'abc', true)]],
  ])('%s', (_, invariants, operations) => {
    expect(broken({ operations: story(sent(), ...operations) })).toEqual(invariants);
  });

  test('two events at one place', () => {
    const [first] = seen(1);
    const other = {
      ...first,
      client: 'l',
      event: { type: 'run.queued', run_id: 'run-m1', at: 7 },
    } as Unstamped;
    expect(
      broken({
        operations: story(
          sent(),
          from(0),
          ...seen(1, 2, 3, 4, 5),
          { ...from(0), client: 'l' } as Unstamped,
          other,
          ...seen(2, 3, 4, 5).map((one) => ({ ...one, client: 'l' }) as Unstamped),
        ),
      }),
    ).toEqual(['I10']);
  });
});

describe('what was told', () => {
  const ask = (outcome: string): Unstamped => ({
    op: 'cancel',
    phase: 'ok',
    channel: CHANNEL,
    message_id: 'm1',
    outcome,
  });
  const other = (door: 'rabbitmq' | 'websocket', phase: 'ok' | 'fail') =>
    sent('m1', { door, phase, body: 'other' });
  const conflict = { reason: 'message_id_conflict', digest: 'd', channel: CHANNEL, message_id: 'm1' };
  const asked = story(
    sent('m1', { door: 'websocket' }),
    sent('m1', { asks: 'q1' }),
    sent('m1', { asks: 'q2' }),
  );
  const reply = (correlation_id: string, message = 'ab'): Reply => ({
    run_id: 'run-m1',
    correlation_id,
    frame: { message, message_id: 'm1', final_message: true, status: 'completed' } as Reply['frame'],
  });
  const poison: Unstamped = { op: 'poison', phase: 'ok', n: 1, digest: 'p' };

  test.each<[string, string[], Partial<History>]>([
    ['a cancel that agrees', [], { operations: story(sent(), ask('already_finished')) }],
    ['a cancel promised to a completed run', ['I14'], { operations: story(sent(), ask('requested')) }],
    ['another body acknowledged too', ['I1'], { operations: story(sent(), other('websocket', 'ok')) }],
    ['another body refused', [], { operations: story(sent(), other('websocket', 'fail')) }],
    ['another body published and gone', ['I1'], { operations: story(sent(), other('rabbitmq', 'ok')) }],
    [
      'another body published and set aside',
      [],
      { operations: story(sent(), other('rabbitmq', 'ok')), failed: [conflict] },
    ],
    ['poison gone', ['I12'], { operations: story(sent(), poison) }],
    [
      'poison set aside',
      [],
      { operations: story(sent(), poison), failed: [{ reason: 'invalid_json', digest: 'p' }] },
    ],
    ['a reply for each who asked', [], { operations: asked, replies: [reply('q1'), reply('q2')] }],
    ['a reply twice', [], { operations: asked, replies: [reply('q1'), reply('q2'), reply('q2')] }],
    ['no reply', ['I7'], { operations: asked, replies: [] }],
    ['no reply to a repeat', ['I7'], { operations: asked, replies: [reply('q1')] }],
    ['a reply to nobody', ['I7'], { operations: asked, replies: ['q1', 'q2', 'q3'].map((q) => reply(q)) }],
    ['another reply', ['I7'], { operations: asked, replies: [reply('q1'), reply('q2', 'other')] }],
    [
      'no reply where another body may have been the first',
      [],
      { operations: [...asked, ...story(other('rabbitmq', 'ok'))], failed: [conflict] },
    ],
    [
      'weather asked twice in one attempt',
      ['I8'],
      {
        operations: story(sent()),
        messages: [{ ...good().messages[0]!, cities: ['x'] }],
        weather: [
          { at: 1_000, city: 'x' },
          { at: 1_001, city: 'x' },
        ],
      },
    ],
  ])('%s', (_, invariants, change) => {
    expect(broken(change)).toEqual(invariants);
  });

  test('health that lies for more than five seconds', () => {
    const health = (ready: boolean, redis: 'up' | 'down'): Unstamped => ({
      op: 'health',
      provider: true,
      app: 'a',
      ready,
      redis,
    });
    const samples = story(...Array.from({ length: 8 }, () => health(true, 'down'))).map((one, i) => ({
      ...one,
      at: 1_000 + i * 1_000,
    }));
    expect(broken({ operations: [...story(sent()), ...samples] })).toEqual(['I9']);
    expect(broken({ operations: [...story(sent()), ...samples.slice(0, 4)] })).toEqual([]);
  });

  test('a takeover that takes too long', () => {
    const abandoned: Unstamped = {
      op: 'abandoned',
      run_id: 'run-m1',
      channel: CHANNEL,
      attempt: 1,
      since: 1_050,
    };
    const after = (at: number) =>
      stored(
        1,
        queued(),
        started(),
        delta('ab'),
        { type: 'run.resumed', attempt: 2, at },
        completed('ab', 'm1', 2),
      );
    expect(broken({ operations: story(sent(), abandoned), logs: [logOf(...after(2_000))] })).toEqual([]);
    expect(broken({ operations: story(sent(), abandoned), logs: [logOf(...after(9_000))] })).toEqual(['I6']);
  });
});
