// I14: what a cancel was answered is how the run ended.
import { keyOf, only, type View } from '../view.js';
import type { Violation } from '../violation.js';

export function checkCancels({ history, runsByMessage }: View): Violation[] {
  return only(history.operations, 'cancel').flatMap((operation): Violation[] => {
    if (operation.phase !== 'ok') return [];
    const { channel, message_id, outcome } = operation;
    const [run] = runsByMessage.get(keyOf(operation)) ?? [];
    const at = { invariant: 'I14' as const, channel };
    if (!run) return [{ ...at, text: `cancel of ${message_id}: ${outcome}, but there is no run` }];
    const end = run.end?.type;
    const agrees = outcome === 'already_finished' ? end !== undefined : end === 'run.cancelled';
    if (agrees) return [];
    return [
      {
        ...at,
        run_id: run.run_id,
        text: `cancel of ${message_id} was answered ${outcome}, the end is ${end}`,
      },
    ];
  });
}
