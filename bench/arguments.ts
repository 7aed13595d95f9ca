// The command line of the benchmark.
import { parseArgs } from 'node:util';

export interface Arguments {
  only: string[];
  rounds: number;
  quick: boolean;
  json: boolean;
  ahead: boolean;
  fsync: 'always' | 'everysec';
}

export const USAGE = `npm run bench -- [--only ${'<names>'}] [--rounds n] [--quick] [--ahead] [--fsync always] [--json]
  --only    some of the measurements, separated by commas
  --rounds  how often floor and ours take turns (3; 1 with --quick)
  --quick   shorter loads
  --ahead   with priority over the machine's other work (needs root)
  --fsync   Redis' appendfsync while streams are measured (everysec; always measures the disk along)
  --json    the figures as JSON on standard output instead of a table`;

/** @throws Error that says which argument is wrong */
export function readArguments(argv: readonly string[], names: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      ahead: { type: 'boolean', default: false },
      fsync: { type: 'string', default: 'everysec' },
      json: { type: 'boolean', default: false },
    },
  });
  const { quick, json, ahead, fsync } = values;
  if (fsync !== 'always' && fsync !== 'everysec') throw new Error('--fsync must be always or everysec');
  const only = values.only?.split(',') ?? [...names];
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`unknown measurement ${unknown}; there are ${names.join(', ')}`);
  const rounds = Number(values.rounds ?? (quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds must be a positive whole number');
  return { only, rounds, quick, json, ahead, fsync };
}
