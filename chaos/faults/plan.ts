// Which faults strike when, drawn from the seed. Pure, so that a list can be printed and played again.
import type { Random } from '../random.js';

export const FAULT_KINDS = {
  'worker-kill': 14,
  'worker-freeze': 9,
  'worker-stop': 10,
  'worker-rolling': 2,
  'ingress-kill': 5,
  'ingress-stop': 3,
  'delivery-kill': 5,
  'delivery-stop': 3,
  'redis-kill': 5,
  'redis-cut': 4,
  'redis-hole': 4,
  'redis-slow': 3,
  'pubsub-cut': 5,
  'rabbit-kill': 1,
  'rabbit-cut': 4,
  'rabbit-hole': 2,
  'sockets-cut': 6,
  'clients-slow': 3,
  'gpt-kill': 6,
  'gpt-freeze': 3,
  'gpt-stop': 3,
  'gpt-extra': 3,
  'kafka-kill': 1,
  'kafka-freeze': 3,
  'upstream-500': 3,
  'upstream-429': 3,
  'upstream-hang': 2,
  'upstream-cut': 3,
} as const;

export type FaultKind = keyof typeof FAULT_KINDS;

export interface Fault {
  n: number;
  kind: FaultKind;
  /** ms after the start. */
  after: number;
  /** Which of several; taken modulo their number. */
  target: number;
  /** How long it lasts, in ms. */
  ms: number;
}

/** Brokers take long to come back; more of it would be a test of theirs. What is beyond becomes the other kind. */
const AT_MOST: Partial<Record<FaultKind, [times: number, instead: FaultKind]>> = {
  'rabbit-kill': [2, 'rabbit-cut'],
  'kafka-kill': [1, 'kafka-freeze'],
};

export interface FaultCounts {
  faults: number;
  spanMs: number;
  leaseMs: number;
  withKafka: boolean;
}

export function planFaults(random: Random, { faults, spanMs, leaseMs, withKafka }: FaultCounts): Fault[] {
  const weighted = Object.entries(FAULT_KINDS)
    .filter(([kind]) => withKafka || !/^(gpt|kafka)-/.test(kind))
    .map(([kind, weight]) => [weight, kind as FaultKind] as const);
  const drawn = new Map<FaultKind, number>();
  return Array.from({ length: faults }, (_, n) => {
    let kind = random.weighted(weighted);
    const times = (drawn.get(kind) ?? 0) + 1;
    drawn.set(kind, times);
    const [most, instead] = AT_MOST[kind] ?? [times, kind];
    if (times > most) kind = instead;
    const after = ((n + random.next() * 0.9) / faults) * spanMs;
    const ms = kind.endsWith('-freeze') ? leaseMs * (1.3 + random.next()) : random.int(100, 2_500);
    return { n, kind, after: Math.round(after), target: random.int(0, 6), ms: Math.round(ms) };
  });
}
