// I1: every accepted message has one run with one end; what nobody sent, or was refused, has none.
import type { SendOperation } from '../../history/operation.js';
import { keyOf, type View } from '../view.js';
import type { Violation } from '../violation.js';

export function checkEnds(view: View): Violation[] {
  return [...everyRunEnds(view), ...everySendCounts(view)];
}

function* everyRunEnds({ runs, sends }: View): Generator<Violation> {
  for (const run of runs.values()) {
    const at = { invariant: 'I1' as const, channel: run.channel, run_id: run.run_id };
    if (run.ends.length !== 1) yield { ...at, text: `message ${run.message_id} has ${run.ends.length} ends` };
    const queued = run.events.filter(({ event }) => event.type === 'run.queued').length;
    if (queued !== 1) yield { ...at, text: `message ${run.message_id} was accepted ${queued} times` };
    const last = run.events.at(-1);
    if (run.ends.length > 0 && last !== run.ends.at(-1))
      yield { ...at, text: `message ${run.message_id}: ${last?.event.type} after the end` };
    if (!sends.has(keyOf(run))) yield { ...at, text: `message ${run.message_id} was never sent` };
  }
}

function* everySendCounts(view: View): Generator<Violation> {
  const { sends, runsByMessage, history } = view;
  const refused = new Map<string, number>();
  for (const { channel, message_id, reason } of history.failed) {
    if (channel === undefined || message_id === undefined || reason !== 'message_id_conflict') continue;
    const key = keyOf({ channel, message_id });
    refused.set(key, (refused.get(key) ?? 0) + 1);
  }
  for (const [key, operations] of sends) {
    const first = operations[0]!;
    const at = { invariant: 'I1' as const, channel: first.channel };
    const runs = runsByMessage.get(key) ?? [];
    if (runs.length > 1) yield { ...at, text: `message ${first.message_id} became ${runs.length} runs` };
    const told = operations.filter(({ phase }) => phase === 'ok');
    const conflicts = refused.get(key) ?? 0;
    if (told.length > 0 && runs.length === 0)
      yield { ...at, text: `message ${first.message_id} was accepted and lost` };
    if (runs.length === 0) continue;
    const bodies = new Set(operations.map(({ body }) => body));
    if (![...bodies].some((winner) => agrees(winner, operations, conflicts)))
      yield {
        ...at,
        run_id: runs[0]!.run_id,
        text: `no body of ${first.message_id} fits all answers; ${conflicts} refusals`,
      };
  }
}

/** Whether all answers are right if this body was the first to get in; the others are conflicts. */
function agrees(winner: string, operations: readonly SendOperation[], conflicts: number): boolean {
  const losers = operations.filter(
    ({ phase, door, body }) => phase === 'ok' && door === 'rabbitmq' && body !== winner,
  );
  return (
    operations.every(({ phase, door, body }) => {
      if (door !== 'websocket' || (phase !== 'ok' && phase !== 'fail')) return true;
      return (phase === 'ok') === (body === winner);
    }) && losers.length <= conflicts
  );
}
