// I9: readiness follows the truth about Redis within five seconds, in both directions.
import type { HealthOperation } from '../../history/operation.js';
import { only, type View } from '../view.js';
import type { Violation } from '../violation.js';

export const TRUTH_LAG_MS = 5_000;
/** A process that was not asked for so long was restarted or frozen in between. */
const GAP_MS = 3_000;

export function checkHealth({ history }: View): Violation[] {
  const byApp = Map.groupBy(only(history.operations, 'health'), ({ app }) => app);
  return [...byApp].flatMap(([app, samples]) => [...lies(app, samples)]);
}

function* lies(app: string, samples: readonly HealthOperation[]): Generator<Violation> {
  let before: HealthOperation | undefined;
  /** Since when the truth has been what it is and the process was watched. */
  let since = 0;
  for (const sample of samples) {
    const { redis, ready, at } = sample;
    const right = redis === 'changing' || ready === (redis === 'up');
    if (right || redis !== before?.redis || at - before.at > GAP_MS) since = at;
    before = sample;
    if (at - since <= TRUTH_LAG_MS) continue;
    const text = `${app} says ${ready ? 'ready' : 'not ready'} ${Math.round(at - since)} ms after Redis was ${redis}`;
    yield { invariant: 'I9', text };
    return;
  }
}
