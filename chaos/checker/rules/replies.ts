// I7: whoever asked for a reply gets it, by whichever door the message came in first; perhaps more than once, and
// then the same. Each sending asks under a correlation id of its own.
import type { SendOperation } from '../../history/operation.js';
import { keyOf, type RunTrace, type View } from '../view.js';
import type { Violation } from '../violation.js';

export function checkReplies({ history, runs, sends }: View): Violation[] {
  const found: Violation[] = [];
  const replies = Map.groupBy(history.replies, ({ run_id }) => run_id);
  for (const run of runs.values()) {
    const at = { invariant: 'I7' as const, channel: run.channel, run_id: run.run_id };
    const got = replies.get(run.run_id) ?? [];
    if (!run.end) continue;
    const sent = sends.get(keyOf(run)) ?? [];
    const answered = new Set(got.map(({ correlation_id }) => correlation_id));
    for (const asks of surelyTaken(sent))
      if (!answered.has(asks))
        found.push({ ...at, text: `no reply for message ${run.message_id} to ${asks}` });
    for (const { correlation_id } of got)
      if (!sent.some(({ asks }) => asks === correlation_id))
        found.push({ ...at, text: `a reply for message ${run.message_id} that nobody asked for` });
    const frames = new Set(got.map(({ frame }) => JSON.stringify(frame)));
    if (frames.size > 1)
      found.push({ ...at, text: `${frames.size} different replies for message ${run.message_id}` });
    for (const { frame } of got)
      if (!isEndOf(run, frame))
        found.push({ ...at, text: `the reply for message ${run.message_id} is not its end` });
  }
  for (const run_id of replies.keys())
    if (!runs.has(run_id))
      found.push({ invariant: 'I7', run_id, text: 'a reply for a run that nobody knows' });
  return found;
}

/** Where two bodies met, one was refused, and only the run knows which. */
function surelyTaken(sends: readonly SendOperation[]): Set<string> {
  if (new Set(sends.map(({ body }) => body)).size > 1) return new Set();
  return new Set(sends.flatMap(({ phase, asks }) => (phase === 'ok' && asks !== undefined ? [asks] : [])));
}

function isEndOf({ end, message_id }: RunTrace, frame: View['history']['replies'][number]['frame']): boolean {
  if (frame.message_id !== message_id || !frame.final_message) return false;
  return end?.type === 'run.completed'
    ? frame.status === 'completed' && frame.message === end.text
    : frame.status === 'error' && frame.error_details === end?.code;
}
