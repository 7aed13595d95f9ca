// What a run of the rig tells people: the faults, the figures, the first broken promise with its story.
import { quantile, toFigures, type Figures } from './checker/figures.js';
import { timeline } from './checker/timeline.js';
import { INVARIANTS } from './checker/violation.js';
import type { Verdict } from './checker/check.js';
import type { Fault } from './faults/plan.js';

export const say = (line = ''): void => void process.stdout.write(`${line}\n`);

export function faultLines(faults: readonly Fault[]): string {
  return faults
    .map(({ kind, target, after, ms }) => `${(after / 1000).toFixed(1)}s ${kind}(${target}, ${ms})`)
    .join(', ');
}

export function sayFigures(f: Figures): void {
  const spread = (values: readonly number[]): string =>
    values.length === 0
      ? 'none'
      : `${values.length}: p50 ${Math.round(quantile(values, 0.5))} p99 ${Math.round(quantile(values, 0.99))} max ${Math.round(Math.max(...values))} ms`;
  say(
    `  accepted ${f.accepted} answered ${f.answered} failed ${f.failed} cancelled ${f.cancelled} | ` +
      `repeats ${f.repeats} conflicts ${f.conflicts} poison ${f.poison} | events ${f.events} shown ${f.client_events} resets ${f.resets} | ` +
      `replies ${f.replies} tool calls ${f.tool_calls}`,
  );
  if (f.kafka_requests > 0)
    say(`  kafka: requests ${f.kafka_requests} answers ${f.kafka_answers} set aside ${f.kafka_dead}`);
  say(
    `  takeover ${spread(f.takeover_ms)} | hand-over ${spread(f.handover_ms)} | hindered ${spread(f.hindered_ms)} | client recovery ${spread(f.recovery_ms)}`,
  );
  say(
    `  faults ${f.faults} | upstream calls ${f.upstream_calls}, of which nobody took the answer ${f.orphan_calls} (worker kills and freezes ${f.kills}) | ` +
      `drained ${Math.round(f.drained_ms)} ms after the last fault`,
  );
}

/** @returns whether all promises were kept */
export function sayVerdict({ view, violations }: Verdict): boolean {
  sayFigures(toFigures(view));
  if (violations.length === 0) {
    say('  all promises kept');
    return true;
  }
  const counts = Map.groupBy(violations, ({ invariant }) => invariant);
  for (const [invariant, list] of counts) {
    say(`  BROKEN ${invariant} ×${list.length}: ${INVARIANTS[invariant]}`);
    for (const { text, channel } of list.slice(0, 3))
      say(`    ${channel === undefined ? '' : `[${channel}] `}${text}`);
  }
  say('  the first one:');
  for (const line of timeline(view, violations[0]!)) say(`    ${line}`);
  return false;
}
