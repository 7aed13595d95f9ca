// What a run of the rig measured, as numbers. Judges nothing.
import { drainedMs, isHindered, nextSign, takeovers } from './rules/liveness.js';
import { only, type View } from './view.js';

export interface Figures {
  accepted: number;
  answered: number;
  failed: number;
  cancelled: number;
  repeats: number;
  conflicts: number;
  poison: number;
  events: number;
  client_events: number;
  resets: number;
  replies: number;
  tool_calls: number;
  faults: number;
  takeover_ms: number[];
  handover_ms: number[];
  /** Takeovers and hand-overs that another fault held up: Redis or the provider away or its circuit open, the next worker struck too. */
  hindered_ms: number[];
  recovery_ms: number[];
  upstream_calls: number;
  /** Calls whose answer nobody could use, because the asker was gone. */
  orphan_calls: number;
  kills: number;
  drained_ms: number;
  /** Records of Kafka's topics: requests, answers to readers of committed records, set aside. */
  kafka_requests: number;
  kafka_answers: number;
  kafka_dead: number;
}

export function toFigures(view: View): Figures {
  const { history, runs, faults } = view;
  const ends = [...runs.values()].map(({ end }) => end?.type);
  const count = (type: string): number => ends.filter((end) => end === type).length;
  const sent = only(history.operations, 'send').filter(({ phase }) => phase === 'ok').length;
  const responses = history.upstream.filter(
    ({ path, method }) => method === 'POST' && path.endsWith('/responses'),
  );
  const [taken, handed] = [takeovers(view), handovers(view)];
  const free = ({ excused }: { excused: boolean }): boolean => !excused;
  return {
    accepted: runs.size,
    answered: count('run.completed'),
    failed: count('run.failed'),
    cancelled: count('run.cancelled'),
    repeats: Math.max(0, sent - runs.size),
    conflicts: history.failed.filter(({ reason }) => reason === 'message_id_conflict').length,
    poison: only(history.operations, 'poison').filter(({ phase }) => phase === 'ok').length,
    events: history.logs.reduce((sum, { events }) => sum + events.length, 0),
    client_events: view.streams.reduce((sum, { operations }) => sum + operations.length, 0),
    resets: only(history.operations, 'reset').length,
    replies: history.replies.length,
    tool_calls: history.weather.length,
    faults: faults.length,
    takeover_ms: taken.filter(free).map(({ ms }) => ms),
    handover_ms: handed.filter(free).map(({ ms }) => ms),
    hindered_ms: [...taken, ...handed].filter(({ excused }) => excused).map(({ ms }) => ms),
    recovery_ms: recoveries(view),
    upstream_calls: responses.length,
    orphan_calls: responses.filter(({ outcome }) => outcome === 'client_aborted').length,
    kills: faults.filter(({ kind }) => /^(worker|gpt)-(kill|freeze)/.test(kind)).length,
    drained_ms: drainedMs(view),
    kafka_requests: history.kafka?.requests.length ?? 0,
    kafka_answers: history.kafka?.answers.length ?? 0,
    kafka_dead: history.kafka?.dead.length ?? 0,
  };
}

/** From a worker giving a run back to the next worker's first word. */
function handovers(view: View): { ms: number; excused: boolean }[] {
  const { history, runs } = view;
  return history.handovers.flatMap(({ run_id, attempt, at }) => {
    const run = runs.get(run_id);
    const next = run && nextSign(run, attempt);
    if (next === undefined || next < at) return [];
    return [{ ms: next - at, excused: isHindered(view, { since: at, from: at, next }) }];
  });
}

/** From a lost socket to the next subscription of the same client. */
function recoveries({ history }: View): number[] {
  const lost = new Map<string, number>();
  const found: number[] = [];
  for (const operation of history.operations) {
    if (operation.op === 'socket' && operation.state === 'closed') lost.set(operation.client, operation.t);
    if (operation.op !== 'subscribed' || !lost.has(operation.client)) continue;
    found.push(operation.t - lost.get(operation.client)!);
    lost.delete(operation.client);
  }
  return found;
}

/** @param share 0.5 is the median; 0 of nothing is 0 */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? sorted[0]!;
}
