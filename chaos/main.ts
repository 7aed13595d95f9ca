// npm run chaos: the command line. Chooses what is run and turns the verdicts into an exit code.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startRabbit } from '#testing';
import { check } from './checker/check.js';
import { toFigures, type Figures } from './checker/figures.js';
import type { History } from './history/history.js';
import { checkPatches, copyBuild } from './mutants/build-copy.js';
import { hunt } from './mutants/hunt.js';
import { MUTANTS, type Mutant } from './mutants/mutants.js';
import { faultLines, say, sayFigures, sayVerdict } from './report.js';
import { runDirectory } from './rig/rig.js';
import { runSeed, type SeedOptions } from './run-seed.js';
import { runKafkaLoad } from './scenarios/kafka-load.js';
import { playScenarios, SCENARIOS } from './scenarios/scenarios.js';

const HELP = `npm run chaos -- [options]
  --seed N            first seed (default 1)
  --seeds K           how many seeds, one after the other (default 1)
  --faults F          faults per seed (default 60)
  --minutes M         over which they are spread (default: one second each)
  --messages M        per seed (default 15 a second)
  --fast              leases of 1.5 s instead of the default 6 s
  --mutant NAME       with one guard taken out, to see the checker find it
  --mutants           take every guard out alone; the proof of each must notice
  --scenarios         faults at one exact moment each
  --kafka-load        Kafka only: 3,000 requests (or --messages), three replicas, one killed every 5 s, the broker once
  --rerun             with it: cut-off answers are asked for again, not taken up again
  --short             a small seed, the scenarios and a few guards: what npm test runs
  --check DIR         check a kept history again`;

/** Those that random runs cannot find, and one that they can. */
const SHORT_MUTANTS = new Set(['append-progress', 'epoch-not-raised', 'ack-before-admit']);
/** A kill in the middle of an answer, and the loss of everything. */
const SHORT_SCENARIOS = SCENARIOS.filter((_, i) => i === 1 || i === SCENARIOS.length - 1);

const root = resolve(import.meta.dirname, '../..');

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    faults: { type: 'string', default: '60' },
    minutes: { type: 'string' },
    messages: { type: 'string' },
    fast: { type: 'boolean', default: false },
    mutant: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    scenarios: { type: 'boolean', default: false },
    'kafka-load': { type: 'boolean', default: false },
    rerun: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
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
  if (values.mutants) return (await huntAll(MUTANTS)) ? 0 : 1;
  if (values.short) return runShort();
  if (values['kafka-load']) return loadKafka();
  return runSeeds();
}

/** Bounded, so that it can be a part of every test run. */
async function runShort(): Promise<number> {
  const whole = copyBuild(root, `short-${process.pid}`);
  const small = {
    ...seedOptions(Number(values.seed)),
    root: whole,
    leaseMs: 1_500,
    faults: 15,
    spanMs: 15_000,
    messages: 150,
    requests: 40,
  };
  const complaints: string[] = [];
  try {
    const result = await runSeed(
      small,
      async (rig) => void complaints.push(...(await playScenarios(rig, SHORT_SCENARIOS))),
    );
    say(`seed ${small.seed}: ${faultLines(result.faults)}`);
    const kept = sayVerdict(result);
    sayScenarios(SHORT_SCENARIOS.length, complaints);
    // Those that this run leaves out must still fit: a guard that moved is found now, not in the next long run.
    for (const { patches } of MUTANTS) checkPatches(root, patches);
    const caught = await huntAll(MUTANTS.filter(({ name }) => SHORT_MUTANTS.has(name)));
    return kept && complaints.length === 0 && caught ? 0 : 1;
  } finally {
    rmSync(whole, { recursive: true, force: true });
  }
}

async function loadKafka(): Promise<number> {
  const build = copyBuild(root, `kafka-load-${process.pid}`);
  const count = Number(values.messages ?? 3_000);
  try {
    const dir = runDirectory(root, `kafka-load-${values.seed}`);
    const resume = values.rerun ? 'rerun' : 'background';
    const options = { ...seedOptions(Number(values.seed)), resume, root: build, dir } as const;
    const result = await runKafkaLoad(options, count);
    const { seconds, kills, takenOver, requests, answers, doubles, wasted, rest } = result;
    say(`kafka load: ${requests} requests, ${answers} answers, ${kills} kills, ${seconds.toFixed(0)} s`);
    say(
      `  taken over ${takenOver} | calls of the provider beyond the first ${doubles}` +
        ` (${doubles <= kills ? 'no more than' : 'more than'} kills)${wasted > 0 ? `, ${wasted} tokens` : ''}${rest ? '' : ' | DID NOT COME TO REST'}`,
    );
    const kept = sayVerdict(result);
    // A killed worker leaves many answers under way. Of those in the background only one whose name the provider had
    // not said yet is asked for once more; the others all are, and nothing else is.
    const most = resume === 'background' ? kills : takenOver;
    return kept && rest && answers === count && doubles <= most ? 0 : 1;
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
}

async function huntAll(mutants: readonly Mutant[]): Promise<boolean> {
  const { faults, caught, escaped, skipped } = await hunt(root, mutants);
  for (const { name, complaint } of caught) say(`  caught ${name}: ${complaint}`);
  for (const fault of faults) say(`  BROKEN ${fault}`);
  for (const name of escaped) say(`  ESCAPED ${name}`);
  if (skipped.length > 0) say(`  skipped for want of Kafka: ${skipped.join(', ')}`);
  say(`mutants: ${caught.length} of ${mutants.length} caught`);
  return faults.length === 0 && escaped.length === 0;
}

function sayScenarios(count: number, complaints: readonly string[]): void {
  for (const complaint of complaints) say(`  BROKEN ${complaint}`);
  say(`scenarios: ${count - complaints.length} of ${count} held`);
}

async function runSeeds(): Promise<number> {
  const rabbit = await startRabbit();
  const mutant = MUTANTS.find(({ name }) => name === values.mutant);
  if (values.mutant !== undefined && !mutant)
    throw new Error(
      `unable to take out ${values.mutant}; known are ${MUTANTS.map(({ name }) => name).join(', ')}`,
    );
  const build = copyBuild(root, `seeds-${process.pid}`, mutant?.patches);
  const total: Figures[] = [];
  const broken: number[] = [];
  try {
    for (let i = 0; i < Number(values.seeds); i++) {
      const options = { ...seedOptions(Number(values.seed) + i), root: build, rabbit };
      const started = performance.now();
      say(
        `seed ${options.seed}: ${options.faults} faults, ${options.messages} messages, fsync ${options.fsync}, ${options.resume}, lease ${options.leaseMs} ms`,
      );
      const complaints: string[] = [];
      const result = await runSeed(options, async (rig) => {
        if (values.scenarios) complaints.push(...(await playScenarios(rig)));
      });
      if (values.scenarios) sayScenarios(SCENARIOS.length, complaints);
      say(`  faults: ${faultLines(result.faults)}`);
      if (!sayVerdict(result) || complaints.length > 0) broken.push(options.seed);
      total.push(toFigures(result.view));
      say(`  ${((performance.now() - started) / 1000).toFixed(0)} s`);
    }
  } finally {
    await rabbit.stop();
    rmSync(build, { recursive: true, force: true });
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
  const messages =
    values.messages === undefined ? Math.round((spanMs / 1_000) * 15) : Number(values.messages);
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
    messages,
    requests: Math.round(messages / 6),
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
