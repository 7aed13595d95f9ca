// I2: what the deltas of the log add up to is the final text and is what the provider was asked to say; whoever
// takes a run up says so before anything else.
import type { RunEvent } from '#contracts';
import type { StoredEvent } from '../../history/history.js';
import { keyOf, type RunTrace, type View } from '../view.js';
import type { Violation } from '../violation.js';

/** The answer as the log stands after an event. */
export function applyText(text: string, event: RunEvent): string {
  if (event.type === 'output_text.delta') return text + event.delta;
  if (event.type === 'run.reset') return text.slice(0, event.keep);
  return text;
}

export const textOf = (events: readonly StoredEvent[]): string =>
  events.reduce((text, { event }) => applyText(text, event), '');

export function checkTexts({ runs, expected }: View): Violation[] {
  return [...runs.values()].flatMap((run) => [...finalText(run, expected.get(keyOf(run))), ...openings(run)]);
}

function* finalText(
  run: RunTrace,
  expected: { text: string; fails?: string } | undefined,
): Generator<Violation> {
  const { end } = run;
  const at = { invariant: 'I2' as const, channel: run.channel, run_id: run.run_id };
  if (end?.type !== 'run.completed') {
    if (end?.type === 'run.failed' && expected !== undefined && end.code !== expected.fails)
      yield { ...at, text: `message ${run.message_id} failed with ${end.code}` };
    return;
  }
  if (expected?.fails !== undefined)
    yield { ...at, text: `message ${run.message_id} completed, but could only fail` };
  const said = textOf(run.events);
  if (said !== end.text)
    yield { ...at, text: `message ${run.message_id}: deltas say ${show(said)}, the end ${show(end.text)}` };
  if (expected !== undefined && expected.fails === undefined && end.text !== expected.text)
    yield { ...at, text: `message ${run.message_id}: ${show(end.text)} instead of ${show(expected.text)}` };
}

const OPENINGS: ReadonlySet<RunEvent['type']> = new Set([
  'run.started',
  'run.resumed',
  'run.reset',
  'run.completed',
  'run.failed',
  'run.cancelled',
]);

function* openings(run: RunTrace): Generator<Violation> {
  const at = { invariant: 'I2' as const, channel: run.channel, run_id: run.run_id };
  let attempt = 0;
  let started = 0;
  for (const { event, offset } of run.events) {
    if (event.type === 'run.started') started++;
    if (event.attempt > attempt && !OPENINGS.has(event.type))
      yield { ...at, text: `attempt ${event.attempt} begins with ${event.type} at ${offset}` };
    attempt = Math.max(attempt, event.attempt);
  }
  if (started > 1) yield { ...at, text: `message ${run.message_id} started ${started} times` };
  if (started === 0 && run.end?.type === 'run.completed')
    yield { ...at, text: `message ${run.message_id} completed without a start` };
}

const show = (text: string): string =>
  text.length <= 60 ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, 60))}… (${text.length})`;
