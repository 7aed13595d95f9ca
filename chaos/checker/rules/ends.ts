// I1: every accepted message has one run with one end; what nobody sent, or was refused, has none.
import type { SendOperation } from '../../history/operation.js';
import { keyOf, type RunTrace, type View } from '../view.js';
import type { Violation } from '../violation.js';

export function checkEnds(view: View): Violation[] {
  return [...everyRunEnds(view), ...everySendCounts(view)];
}

function* everyRunEnds({ runs, sends }: View): Generator<Violation> {
  for (const run of runs.values()) {
    const at = { invariant: 'I1' as const, channel: run.channel, run_id: run.run_id };
    if (run.ends.length !== 1)
      yield { ...at, text: `message ${run.message_id} has ${run.ends.length} ends` };
    const queued = run.events.filter(({ event }) => event.type === 'run.queued').length;
    if (queued !== 1) yield { ...at, text: `message ${run.message_id} was accepted ${queued} times` };
    const last = run.events.at(-1);
    if (run.ends.length > 0 && last !== run.ends.at(-1))
      yield { ...at, text: `message ${run.message_id}: ${last?.event.type} after the end` };
    if (!sends.has(keyOf(run))) yield { ...at, text: `message ${run.message_id} was never sent` };
  }
}

function* everySendCounts(view: View): Generator<Violation> {
  const { sends, runsByMessage, expected, history } = view;
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
    const body = expected.get(key)?.body;
    if (body === undefined || runs.length === 0) continue;
    yield* theFirstBodyWins(at, told, body, conflicts, runs[0]!);
  }
}

/** The generator sends other bodies of the same id only after the first was taken in. */
function* theFirstBodyWins(
  at: { invariant: 'I1'; channel: string },
  told: readonly SendOperation[],
  body: string,
  conflicts: number,
  run: RunTrace,
): Generator<Violation> {
  const others = told.filter((operation) => operation.body !== body);
  for (const operation of others)
    if (operation.door === 'websocket')
      yield { ...at, run_id: run.run_id, text: `another body of ${operation.message_id} was acknowledged` };
  const published = others.filter(({ door }) => door === 'rabbitmq').length;
  if (conflicts < published)
    yield {
      ...at,
      run_id: run.run_id,
      text: `${published} other bodies of ${run.message_id} were published, ${conflicts} are in the failed queue`,
    };
}
