// How many deltas per second go through the whole path when the provider does not pace itself, and what each costs of the
// CPU: Parley beside the bare relay on the same cores, in turns.
import { awaitQuiet } from '../measure/machine.js';
import { median } from '../measure/percentiles.js';
import { watchCpu } from '../measure/processes.js';
import { runLoad, type Load } from '../load/run-load.js';
import { Rig } from '../rig/rig.js';
import { startTarget, type Target } from '../rig/targets.js';
import type { Case } from './case.js';

const TARGETS = ['relay', 'relay-each', 'parley-split', 'parley-one'] as const;
const LEAST_RATIO = 0.5;
const MOST_CPU_RATIO = 1.5;

interface Round {
  perSecond: number;
  /** µs of worker, delivery and Redis per delta. */
  cpu: number;
}

export const throughput: Case = {
  name: 'throughput',
  async run(settings) {
    const rig = await Rig.open(settings, settings.fsync);
    try {
      const targets: Target[] = [];
      for (const name of TARGETS) targets.push(await startTarget(rig, name));
      const load: Load = { runs: 64, rate: 0, tokens: settings.quick ? 1_000 : 2_000, spreadMs: 0 };
      const rounds = new Map(targets.map(({ name }) => [name, [] as Round[]]));
      for (let i = 0; i <= settings.rounds; i++) {
        for (const target of targets) {
          if (i > 0) await awaitQuiet(settings);
          const round = await once(target, load);
          if (i === 0) continue;
          rounds.get(target.name)!.push(round);
          settings.note(
            `${target.name.padEnd(12)} ${Math.round(round.perSecond)} deltas/s  ${round.cpu.toFixed(1)} µs/delta`,
          );
        }
      }
      return toFigures(rounds);
    } finally {
      await rig.close();
    }
  },
};

async function once(target: Target, load: Load): Promise<Round> {
  const spent = watchCpu(target.pids);
  const { deltas, seconds } = await runLoad(target.url, load);
  const ms = Object.values(spent()).reduce((a, b) => a + b, 0);
  return { perSecond: deltas / seconds, cpu: (ms * 1_000) / deltas };
}

function toFigures(rounds: ReadonlyMap<string, Round[]>) {
  const fastest = (name: string): number => Math.max(...rounds.get(name)!.map(({ perSecond }) => perSecond));
  const cheapest = (name: string): number => Math.min(...rounds.get(name)!.map(({ cpu }) => cpu));
  return (['parley-split', 'parley-one'] as const)
    .flatMap((name) => [
      {
        id: `throughput.${name}.rate`,
        what: `unpaced, deltas through the whole path: ${name}`,
        unit: '/s',
        value: fastest(name),
        median: median(rounds.get(name)!.map(({ perSecond }) => perSecond)),
        floor: fastest('relay'),
        target: { least: LEAST_RATIO * fastest('relay') },
      },
      {
        id: `throughput.${name}.cpu`,
        what: `unpaced, CPU per delta: ${name}`,
        unit: 'µs',
        value: cheapest(name),
        median: median(rounds.get(name)!.map(({ cpu }) => cpu)),
        floor: cheapest('relay'),
        target: { most: MOST_CPU_RATIO * cheapest('relay') },
      },
    ])
    .concat({
      id: 'throughput.relay-each.rate',
      what: 'unpaced, floor with one XADD and PUBLISH per delta',
      unit: '/s',
      value: fastest('relay-each'),
      median: median(rounds.get('relay-each')!.map(({ perSecond }) => perSecond)),
      floor: fastest('relay'),
      target: { least: 0 },
    });
}
