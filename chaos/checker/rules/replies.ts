// I7: whoever asked for a reply gets it, perhaps more than once, and then the same.
import { toEndedFrame } from '#runs';
import { keyOf, type View } from '../view.js';
import type { Violation } from '../violation.js';

export function checkReplies({ history, expected, runs }: View): Violation[] {
  const found: Violation[] = [];
  const replies = Map.groupBy(history.replies, ({ run_id }) => run_id);
  for (const run of runs.values()) {
    const at = { invariant: 'I7' as const, channel: run.channel, run_id: run.run_id };
    const got = replies.get(run.run_id) ?? [];
    if (!expected.get(keyOf(run))?.reply || !run.end) continue;
    if (got.length === 0) found.push({ ...at, text: `no reply for message ${run.message_id}` });
    const right = JSON.stringify(toEndedFrame(run.channel, run.end));
    for (const { frame } of got)
      if (JSON.stringify(frame) !== right)
        found.push({ ...at, text: `the reply for message ${run.message_id} differs from its end` });
  }
  for (const run_id of replies.keys())
    if (!runs.has(run_id)) found.push({ invariant: 'I7', run_id, text: 'a reply for a run that nobody knows' });
  return found;
}
