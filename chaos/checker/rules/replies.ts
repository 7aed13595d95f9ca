// I7: whoever asked for a reply gets it, perhaps more than once, and then the same. A message that also came by
// another door may have been taken in there first, where nobody asked.
import { keyOf, type RunTrace, type View } from '../view.js';
import type { Violation } from '../violation.js';

export function checkReplies({ history, expected, runs, sends }: View): Violation[] {
  const found: Violation[] = [];
  const replies = Map.groupBy(history.replies, ({ run_id }) => run_id);
  for (const run of runs.values()) {
    const at = { invariant: 'I7' as const, channel: run.channel, run_id: run.run_id };
    const got = replies.get(run.run_id) ?? [];
    if (!expected.get(keyOf(run))?.reply || !run.end) continue;
    const askedAlways = sends.get(keyOf(run))?.every(({ door }) => door === 'rabbitmq');
    if (askedAlways && got.length === 0)
      found.push({ ...at, text: `no reply for message ${run.message_id}` });
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

function isEndOf({ end, message_id }: RunTrace, frame: View['history']['replies'][number]['frame']): boolean {
  if (frame.message_id !== message_id || !frame.final_message) return false;
  return end?.type === 'run.completed'
    ? frame.status === 'completed' && frame.message === end.text
    : frame.status === 'error' && frame.error_details === end?.code;
}
