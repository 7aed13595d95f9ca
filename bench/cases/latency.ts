// From the provider's byte to the subscriber's frame, at three loads: Parley in two layouts beside a relay and beside one
// process without Redis, in turns. Also what a delta costs of the CPU at these paces.
import { awaitQuiet } from '../measure/machine.js';
import { median, quantile } from '../measure/percentiles.js';
import { watchCpu } from '../measure/processes.js';
import { runLoad, type Load } from '../load/run-load.js';
import { Rig } from '../rig/rig.js';
import { startTarget, TARGET_TEXT, type Target, type TargetName } from '../rig/targets.js';
import type { Figure } from '../report.js';
import type { Case, Settings } from './case.js';

const TARGETS: readonly TargetName[] = ['one-process', 'relay', 'parley-split', 'parley-one'];

interface Bound {
  /** ms */
  most: number;
  /** How often the relay's own figure this was on the machine that the bound comes from. */
  timesFloor: number;
}

interface Step {
  runs: number;
  rate: number;
  bounds?: { p50: Bound; p99: Bound; first?: Bound };
}

const STEPS: readonly Step[] = [
  { runs: 50, rate: 100 },
  {
    runs: 200,
    rate: 50,
    bounds: {
      p50: { most: 1.5, timesFloor: 2.1 },
      p99: { most: 12, timesFloor: 1.5 },
      first: { most: 25, timesFloor: 2.3 },
    },
  },
  { runs: 500, rate: 50, bounds: { p50: { most: 5, timesFloor: 1.8 }, p99: { most: 45, timesFloor: 1.5 } } },
];

/** Worker + Redis + delivery of Parley for each such ms of the relay. */
const CPU_RATIO = 1.5;

interface Round {
  p50: number;
  p99: number;
  first: number;
  /** µs per delta by process. */
  cpu: Record<string, number>;
}

export const latency: Case = {
  name: 'latency',
  async run(settings) {
    const rig = await Rig.open(settings, settings.fsync);
    try {
      const targets: Target[] = [];
      for (const name of TARGETS) targets.push(await startTarget(rig, name));
      const figures: Figure[] = [];
      for (const step of STEPS) figures.push(...(await measure(step, targets, settings)));
      return figures;
    } finally {
      await rig.close();
    }
  },
};

async function measure(step: Step, targets: readonly Target[], settings: Settings): Promise<Figure[]> {
  const { runs, rate } = step;
  const load: Load = { runs, rate, tokens: rate * (settings.quick ? 3 : 5), spreadMs: 1_000 };
  const rounds = new Map(targets.map(({ name }) => [name, [] as Round[]]));
  // The first passage only warms the code up.
  for (let i = 0; i <= settings.rounds; i++) {
    for (const target of targets) {
      if (i > 0) await awaitQuiet(settings);
      const round = await once(target, i === 0 ? { ...load, tokens: rate * 2 } : load);
      if (i === 0) continue;
      rounds.get(target.name)!.push(round);
      settings.note(`${runs} × ${rate}/s  ${target.name.padEnd(12)} ${show(round)}`);
    }
  }
  return [...toFigures(step, rounds), ...toCpuFigures(step, rounds)];
}

async function once(target: Target, load: Load): Promise<Round> {
  const spent = watchCpu(target.pids);
  const { latency, first, deltas } = await runLoad(target.url, load);
  const cpu = Object.entries(spent()).map(([name, ms]) => [name, (ms * 1_000) / deltas] as const);
  return {
    p50: quantile(latency, 0.5),
    p99: quantile(latency, 0.99),
    first: quantile(first, 0.99),
    cpu: Object.fromEntries(cpu),
  };
}

function toFigures({ runs, rate, bounds }: Step, rounds: ReadonlyMap<string, Round[]>): Figure[] {
  const parts = ['p50', 'p99', 'first'] as const;
  const ours = (name: string): boolean => name.startsWith('parley');
  return [...rounds].flatMap(([name, all]) =>
    parts.map((part): Figure => {
      const values = all.map((round) => round[part]);
      const floor = Math.min(...rounds.get('relay')!.map((round) => round[part]));
      const bound = bounds?.[part];
      return {
        id: `latency.${runs}x${rate}.${name}.${part}`,
        what: `${runs} × ${rate}/s ${part === 'first' ? 'first token p99' : part}: ${TARGET_TEXT[name as TargetName]}`,
        unit: 'ms',
        value: Math.min(...values),
        median: median(values),
        ...(ours(name) && { floor }),
        ...(ours(name) && bound && { target: { most: bound.most }, timesFloor: bound.timesFloor }),
      };
    }),
  );
}

function toCpuFigures({ runs, rate }: Step, rounds: ReadonlyMap<string, Round[]>): Figure[] {
  const least = (name: string): number => Math.min(...rounds.get(name)!.map(total));
  return (['parley-split', 'parley-one'] as const).map((name) => ({
    id: `latency.${runs}x${rate}.${name}.cpu`,
    what: `${runs} × ${rate}/s CPU per delta: ${TARGET_TEXT[name]}`,
    unit: 'µs',
    value: least(name),
    median: median(rounds.get(name)!.map(total)),
    floor: least('relay'),
    target: { most: CPU_RATIO * least('relay') },
  }));
}

const total = ({ cpu }: Round): number => Object.values(cpu).reduce((a, b) => a + b, 0);

function show({ p50, p99, first, cpu }: Round): string {
  const parts = Object.entries(cpu).map(([name, us]) => `${name} ${us.toFixed(1)}`);
  return `p50 ${p50.toFixed(2)}  p99 ${p99.toFixed(1)}  first ${first.toFixed(1)} ms  µs/delta ${parts.join(' ')}`;
}
