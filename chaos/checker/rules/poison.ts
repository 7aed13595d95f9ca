// I12: what is no message is in the failed queue with a reason. That its neighbours were answered is I1.
import { only, type View } from '../view.js';
import type { Violation } from '../violation.js';

export function checkPoison({ history }: View): Violation[] {
  const kept = new Map(history.failed.map((entry) => [entry.digest, entry]));
  return only(history.operations, 'poison')
    .filter(({ phase }) => phase === 'ok')
    .flatMap(({ n, digest }): Violation[] => {
      const entry = kept.get(digest);
      if (!entry) return [{ invariant: 'I12', text: `poison ${n} is not in the failed queue` }];
      return entry.reason === 'unknown' ? [{ invariant: 'I12', text: `poison ${n} has no reason` }] : [];
    });
}
