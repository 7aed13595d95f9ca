// I9: readiness follows the truth about Redis within five seconds, in both directions.
import type { HealthOperation } from '../../history/operation.js';
import { only, type View } from '../view.js';
import type { Violation } from '../violation.js';

export const TRUTH_LAG_MS = 5_000;

export function checkHealth({ history }: View): Violation[] {
  const byApp = Map.groupBy(only(history.operations, 'health'), ({ app }) => app);
  return [...byApp].flatMap(([app, samples]) => [...lies(app, samples)]);
}

function* lies(app: string, samples: readonly HealthOperation[]): Generator<Violation> {
  let since: number | undefined;
  let truth: HealthOperation['redis'] | undefined;
  for (const { redis, ready, at } of samples) {
    if (redis !== truth) since = at;
    truth = redis;
    if (truth === 'changing' || since === undefined || ready === (truth === 'up')) {
      since = ready === (truth === 'up') ? at : since;
      continue;
    }
    if (at - since <= TRUTH_LAG_MS) continue;
    yield {
      invariant: 'I9',
      text: `${app} says ${ready ? 'ready' : 'not ready'} ${Math.round(at - since)} ms after Redis was ${truth}`,
    };
    return;
  }
}
