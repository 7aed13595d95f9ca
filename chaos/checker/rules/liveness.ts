// I6: after the last fault everything ends, and what a dead or frozen worker held is taken over in time. A
// takeover that had to wait for something else that was broken is measured, but not held against it.
import { only, type FaultSpan, type RunTrace, type View } from '../view.js';
import type { Violation } from '../violation.js';

export const DRAIN_MS = 60_000;
/** Beyond the lease: the next look of a worker, and a machine with other things to do. */
const SLACK_MS = 2_000;
/** Part of a lease that is left at least when its holder dies: it is renewed each quarter. */
const EARLIEST = 0.75;
/** How far a look at the processes' health may be from what it tells of. */
const LOOK_MS = 1_000;

export interface Takeover {
  run_id: string;
  channel: string;
  since: number;
  ms: number;
  excused: boolean;
}

export function checkLiveness(view: View): Violation[] {
  const { history, runs } = view;
  const found: Violation[] = [];
  for (const { channel, waiting } of history.logs)
    if (waiting > 0) found.push({ invariant: 'I6', channel, text: `${waiting} runs still wait` });
  for (const run of runs.values())
    if (!run.end)
      found.push({
        invariant: 'I6',
        channel: run.channel,
        run_id: run.run_id,
        text: `message ${run.message_id} has not ended`,
      });
  const drained = drainedMs(view);
  if (drained > DRAIN_MS)
    found.push({ invariant: 'I6', text: `drained ${Math.round(drained)} ms after the last fault` });
  for (const { run_id, channel, ms, excused } of takeovers(view))
    if (!excused && ms > history.lease_ms + SLACK_MS)
      found.push({ invariant: 'I6', channel, run_id, text: `taken over after ${Math.round(ms)} ms` });
  return found;
}

/** ms from the end of the last fault to the last end of a run; 0 when all had ended before. */
export function drainedMs({ faults, runs }: View): number {
  const last = Math.max(0, ...faults.map(({ to }) => (Number.isFinite(to) ? to : 0)));
  let end = last;
  for (const run of runs.values()) if (run.end && run.end.at > end) end = run.end.at;
  return last === 0 ? 0 : end - last;
}

/** What killed or frozen workers held, and how long it took until the run's next sign of life. */
export function takeovers(view: View): Takeover[] {
  const { history, runs } = view;
  const found: Takeover[] = [];
  for (const { run_id, attempt, since } of only(history.operations, 'abandoned')) {
    const run = runs.get(run_id);
    const next = run && nextSign(run, attempt);
    if (!run || next === undefined || next <= since) continue;
    found.push({
      run_id,
      channel: run.channel,
      since,
      ms: next - since,
      // Whatever happened while the lease still ran held nothing up.
      excused: isHindered(view, { since, from: since + EARLIEST * history.lease_ms, next }),
    });
  }
  return found;
}

/** The first event of a later attempt says its time, because no attempt begins with a delta. */
export function nextSign({ events }: RunTrace, attempt: number): number | undefined {
  for (const { event } of events) if (event.attempt > attempt && 'at' in event) return event.at;
  return undefined;
}

/**
 * Something else than the loss of its worker at `since` kept a run from going on, between the moment from which it could
 * have and the one at which it did.
 */
export function isHindered(
  { history, faults, providerClosed }: View,
  { since, from, next }: { since: number; from: number; next: number },
): boolean {
  // A worker knows the circuit from its last look; between two looks of the rig it may have opened and closed.
  const closed = (at: number): boolean => at > from - LOOK_MS && at < next + LOOK_MS;
  const meanwhile = faults.filter((fault) => fault.to >= from && fault.from <= next);
  // Nobody was there to hand over to.
  const alone = meanwhile.filter(({ kind }) => ofWorker(kind)).length >= history.workers;
  return alone || meanwhile.some((fault) => holdsUp(fault, since)) || providerClosed.some(closed);
}

/** Not the fault that took the worker away, but one that also keeps its runs from going on. */
const holdsUp = ({ kind, from }: FaultSpan, since: number): boolean =>
  /^(redis|upstream)/.test(kind) || (ofWorker(kind) && from > since);

/** Both kinds of processes take up whatever waits, by whichever door it came. */
const ofWorker = (kind: string): boolean => /^(worker|gpt)-(?!extra)/.test(kind);
