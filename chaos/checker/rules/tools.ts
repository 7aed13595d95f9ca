// I8: one start and one end for each tool call, and no call made again once it is done. A worker that was frozen
// with a call in its hands may still make it when it thaws; nothing outside can be fenced.
import { keyOf, type View } from '../view.js';
import type { Violation } from '../violation.js';

export function checkTools({ history, runs, expected, faults }: View): Violation[] {
  const found: Violation[] = [];
  const calls = Map.groupBy(history.weather, ({ city }) => city);
  const frozen = faults.filter(({ kind }) => /^(worker|gpt)-freeze$/.test(kind) || kind.startsWith('redis'));
  for (const run of runs.values()) {
    const at = { invariant: 'I8' as const, channel: run.channel, run_id: run.run_id };
    const started = new Set<string>();
    let doneAt: number | undefined;
    for (const { event, offset } of run.events) {
      if (event.type === 'tool.started') {
        if (started.has(event.call_id))
          found.push({ ...at, text: `${event.call_id} started again at ${offset}` });
        started.add(event.call_id);
      } else if (event.type === 'tool.finished') {
        if (!started.delete(event.call_id))
          found.push({ ...at, text: `${event.call_id} finished at ${offset} without a start` });
        doneAt = Math.max(doneAt ?? 0, event.at);
      }
    }
    for (const city of expected.get(keyOf(run))?.cities ?? []) {
      const made = calls.get(city) ?? [];
      const attempts = Math.max(1, ...run.events.map(({ event }) => event.attempt));
      if (made.length > attempts)
        found.push({
          ...at,
          text: `the weather of ${city} was asked ${made.length} times in ${attempts} attempts`,
        });
      const late = made.filter((call) => doneAt !== undefined && call.at > doneAt);
      if (late.length > 0 && !frozen.some(({ from, to }) => from <= late[0]!.at && to + 5_000 >= doneAt!))
        found.push({ ...at, text: `the weather of ${city} was asked again after the answer was noted` });
    }
  }
  return found;
}
