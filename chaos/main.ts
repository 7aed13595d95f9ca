// npm run chaos: the command line. Chooses what is run and turns the verdicts into an exit code.
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startRabbit } from '#testing';
import { check } from './checker/check.js';
import { toFigures, type Figures } from './checker/figures.js';
import type { History } from './history/history.js';
import { faultLines, say, sayFigures, sayVerdict } from './report.js';
import { runDirectory } from './rig/rig.js';
import { runSeed, type SeedOptions } from './run-seed.js';

const HELP = `npm run chaos -- [options]
  --seed N            first seed (default 1)
  --seeds K           how many seeds, one after the other (default 1)
  --faults F          faults per seed (default 60)
  --minutes M         over which they are spread (default: one second each)
  --messages M        per seed (default 15 a second)
  --fast              leases of 1.5 s instead of the default 6 s
  --check DIR         check a kept history again`;

const root = resolve(import.meta.dirname, '../..');

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    faults: { type: 'string', default: '60' },
    minutes: { type: 'string' },
    messages: { type: 'string' },
    fast: { type: 'boolean', default: false },
    check: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

// Sockets of what was killed may linger; everything that matters is on disk.
process.exit(await main());

async function main(): Promise<number> {
  if (values.help) {
    say(HELP);
    return 0;
  }
  if (values.check !== undefined) {
    const history = JSON.parse(readFileSync(join(values.check, 'history.json'), 'utf8')) as History;
    return sayVerdict(check(history)) ? 0 : 1;
  }
  return runSeeds();
}

async function runSeeds(): Promise<number> {
  const rabbit = await startRabbit();
  const total: Figures[] = [];
  const broken: number[] = [];
  try {
    for (let i = 0; i < Number(values.seeds); i++) {
      const options = { ...seedOptions(Number(values.seed) + i), rabbit };
      const started = performance.now();
      say(
        `seed ${options.seed}: ${options.faults} faults, ${options.messages} messages, fsync ${options.fsync}, ${options.resume}, lease ${options.leaseMs} ms`,
      );
      const result = await runSeed(options);
      say(`  faults: ${faultLines(result.faults)}`);
      if (!sayVerdict(result)) broken.push(options.seed);
      total.push(toFigures(result.view));
      say(`  ${((performance.now() - started) / 1000).toFixed(0)} s`);
    }
  } finally {
    await rabbit.stop();
  }
  if (total.length > 1) {
    say(`all ${total.length} seeds:`);
    sayFigures(total.reduce(addFigures));
  }
  say(
    broken.length === 0
      ? 'chaos: all promises kept'
      : `chaos: promises broken with seeds ${broken.join(', ')}`,
  );
  return broken.length === 0 ? 0 : 1;
}

function seedOptions(seed: number): SeedOptions {
  const faults = Number(values.faults);
  const spanMs = values.minutes === undefined ? faults * 1_000 : Number(values.minutes) * 60_000;
  const dir = runDirectory(root, String(seed));
  mkdirSync(dir, { recursive: true });
  return {
    seed,
    dir,
    root,
    faults,
    spanMs,
    leaseMs: values.fast ? 1_500 : 6_000,
    fsync: seed % 2 === 0 ? 'always' : 'everysec',
    resume: seed % 3 === 0 ? 'background' : 'rerun',
    channels: 30,
    messages: values.messages === undefined ? Math.round((spanMs / 1_000) * 15) : Number(values.messages),
  };
}

function addFigures(a: Figures, b: Figures): Figures {
  const sum = { ...a };
  for (const key of Object.keys(a) as (keyof Figures)[]) {
    const [one, two] = [a[key], b[key]];
    if (Array.isArray(one) && Array.isArray(two)) Object.assign(sum, { [key]: [...one, ...two] });
    else if (key === 'drained_ms') sum.drained_ms = Math.max(a.drained_ms, b.drained_ms);
    else Object.assign(sum, { [key]: Number(one) + Number(two) });
  }
  return sum;
}
