import { describe, expect, it } from '@jest/globals';
import { array, assert, nat, oneof, property, string } from 'fast-check';
import type { RunEvent } from '#contracts';
import { reduceRun, type RunView } from './run-view.js';

const run = { run_id: 'r1', message_id: 'm1', attempt: 1 };
const started: RunEvent = { type: 'run.started', ...run, at: 7, thread_id: 't', assistant_id: 'a' };
const delta = (text: string, of = run): RunEvent => ({ type: 'output_text.delta', ...of, delta: text });
const reset = (keep: number): RunEvent => ({ type: 'run.reset', ...run, attempt: 2, at: 8, keep });
const view = (events: readonly RunEvent[]): RunView | undefined =>
  events.reduce<RunView | undefined>((seen, event, i) => reduceRun(seen, event, i + 1), undefined);
const other = { run_id: 'r2', message_id: 'm2', attempt: 1 };

describe('reduceRun', () => {
  it.each<[string, RunEvent[], Partial<RunView> | undefined]>([
    ['nothing', [], undefined],
    [
      'a start',
      [started],
      { run_id: 'r1', thread_id: 't', started_at: 7, start_offset: 1, text: '', text_offset: 0 },
    ],
    ['text', [started, delta('a'), delta('b')], { text: 'ab', text_offset: 2 }],
    ['a reset', [started, delta('abc'), reset(1)], { text: 'a', text_offset: 2, attempt: 2 }],
    [
      'another run that waits',
      [started, delta('a'), { type: 'run.queued', ...other, at: 1 }],
      { run_id: 'r1' },
    ],
    ['text of a run that is not open', [started, delta('x', other)], { text: '' }],
    ['text without a start', [delta('a')], undefined],
    [
      'another run cancelled while it waited',
      [
        started,
        { type: 'run.cancelled', ...other, at: 1, thread_id: null, code: 'run_cancelled', error: '' },
      ],
      { run_id: 'r1' },
    ],
    ['the end', [started, { type: 'run.completed', ...run, at: 1, thread_id: 't', text: '' }], undefined],
  ])('%s', (_name, events, expected) => {
    if (expected === undefined) expect(view(events)).toBe(undefined);
    else expect(view(events)).toMatchObject(expected);
  });

  it('shows a text that only grows between resets, whatever the pieces', () => {
    assert(
      property(array(oneof(string(), nat(40))), (steps) => {
        let expected = '';
        let seen = reduceRun(undefined, started, 1);
        for (const [i, step] of steps.entries()) {
          const before = seen!.text;
          seen = reduceRun(seen, typeof step === 'string' ? delta(step) : reset(step), i + 2);
          expected = typeof step === 'string' ? expected + step : expected.slice(0, step);
          expect(seen!.text).toBe(expected);
          expect(seen!.text.startsWith(before) || before.startsWith(seen!.text)).toBe(true);
        }
      }),
    );
  });
});
