// I5: the stored log is dense from 1 to its tip, ends where the channel says, and no attempt writes after a newer one.
import type { View } from '../view.js';
import type { Violation } from '../violation.js';

export function checkOffsets({ history }: View): Violation[] {
  return history.logs.flatMap(({ channel, events, tip }) => {
    const found: Violation[] = [];
    const attempts = new Map<string, number>();
    let next = 1;
    for (const { offset, event } of events) {
      if (offset !== next)
        found.push({ invariant: 'I5', channel, text: `offset ${offset} follows ${next - 1}` });
      next = offset + 1;
      const newest = attempts.get(event.run_id) ?? 0;
      if (event.attempt < newest && event.attempt > 0)
        found.push({
          invariant: 'I5',
          channel,
          run_id: event.run_id,
          text: `attempt ${event.attempt} wrote ${event.type} at ${offset} after attempt ${newest}`,
        });
      attempts.set(event.run_id, Math.max(newest, event.attempt));
    }
    if (next - 1 !== tip)
      found.push({ invariant: 'I5', channel, text: `the log ends at ${next - 1}, the channel says ${tip}` });
    return found;
  });
}
