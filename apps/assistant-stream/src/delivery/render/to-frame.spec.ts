import { describe, expect, it } from '@jest/globals';
import { ERRORS, type RunEnded } from '#contracts';
import { LogEntry, type RunView } from '#event-log';
import { RenderedEntry } from './rendered.js';
import { toDelta } from './to-delta.js';
import { toFinal, toInProgress, toProcessing, toResponding, toStarted } from './to-frame.js';

const place = { channel: 'c', epoch: 'e.1', offset: 9, at: 1_500 };
const run = { run_id: 'r', message_id: 'm', attempt: 1 };
const ended = { ...run, at: 1_500, thread_id: 't' };
const view: RunView = {
  ...run,
  thread_id: 't',
  started_at: 1,
  start_offset: 1,
  text: 'so far',
  text_offset: 2,
};
const common = {
  timestamp: 1.5,
  message_id: 'm',
  thread_id: 't',
  channel: 'c',
  run_id: 'r',
  epoch: 'e.1',
  offset: 9,
};

describe('frames', () => {
  it.each([
    ['started', toStarted(view, place), { status: 'started', type: 'status', final_message: false }],
    [
      'processing',
      toProcessing({ type: 'tool.started', ...run, at: 1, call_id: 'x', name: 'get_weather' }, 't', place),
      { status: 'processing', type: 'status', final_message: false },
    ],
    ['responding', toResponding(view, place), { status: 'responding', type: 'status', final_message: false }],
    [
      'in_progress',
      toInProgress(view, place),
      { status: 'in_progress', type: 'response', message: 'so far', final_message: false },
    ],
    [
      'completed',
      toFinal({ type: 'run.completed', ...ended, text: 'all' }, place),
      { status: 'completed', type: 'response', message: 'all', final_message: true },
    ],
    [
      'failed',
      toFinal({ type: 'run.failed', ...ended, code: 'internal', error: 'inner' }, place),
      {
        status: 'error',
        type: 'error',
        message: ERRORS.internal.text,
        error_details: 'internal',
        final_message: true,
      },
    ],
    [
      'timed out',
      toFinal({ type: 'run.failed', ...ended, code: 'run_timeout', error: 'inner' }, place),
      { status: 'error', type: 'timeout', error_details: 'run_timeout', final_message: true },
    ],
    [
      'cancelled',
      toFinal(
        { type: 'run.cancelled', ...ended, code: 'run_cancelled', error: 'x' } satisfies RunEnded,
        place,
      ),
      { status: 'error', type: 'error', error_details: 'run_cancelled', final_message: true },
    ],
  ])('%s', (_name, frame, expected) => {
    expect(frame).toMatchObject({ ...common, ...expected });
  });
});

it('puts the place in front of the event as it was written', () => {
  const channel = 'ch "q" \u2028 😀';
  const entry = new LogEntry('e.1', 3, '{"type":"output_text.delta","delta":"a\\nb"}');
  const json = toDelta(entry, JSON.stringify(channel));
  expect(JSON.parse(json)).toEqual({
    channel,
    epoch: 'e.1',
    offset: 3,
    type: 'output_text.delta',
    delta: 'a\nb',
  });
  const rendered = new RenderedEntry(channel, entry, JSON.stringify(channel));
  expect(JSON.parse(String(rendered.as('enveloped')))).toEqual({ channel, payload: JSON.parse(json) });
  expect(String(rendered.as('sse'))).toBe(`id: e.1:3\nevent: output_text.delta\ndata: ${json}\n\n`);
  expect(rendered.as('bare')).toBe(rendered.as('bare'));
});
