// The benchmark: each measurement beside a bare floor on the same machine in the same minute. Prints a table, keeps the
// figures under .run/bench and compares them with the run before. Ends with 1 when a target was missed or a load failed.
import { readArguments, USAGE, type Arguments } from './arguments.js';
import type { Case } from './cases/case.js';
import { intake } from './cases/intake.js';
import { kafka } from './cases/kafka.js';
import { latency } from './cases/latency.js';
import { memory } from './cases/memory.js';
import { privacy } from './cases/privacy.js';
import { sockets } from './cases/sockets.js';
import { tokens } from './cases/tokens.js';
import { throughput } from './cases/throughput.js';
import { uploads } from './cases/uploads.js';
import { vcons } from './cases/vcons.js';
import { describeMachine } from './measure/machine.js';
import { putAhead } from './rig/ahead.js';
import { judge, readLast, save, toTable, type Figure, type Saved } from './report.js';

const CASES: readonly Case[] = [
  latency,
  throughput,
  intake,
  sockets,
  memory,
  tokens,
  privacy,
  vcons,
  uploads,
  kafka,
];
const RUN_DIR = '.run/bench';

async function main(): Promise<number> {
  let args: Arguments;
  try {
    args = readArguments(
      process.argv.slice(2),
      CASES.map(({ name }) => name),
    );
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  const { only, rounds, quick, json, ahead, fsync } = args;
  if (ahead) putAhead(process.pid);
  const note = (line: string): void => void process.stderr.write(`${line}\n`);
  const machine = describeMachine();
  note(
    `${machine.cores} × ${machine.cpu}, node ${machine.node}, redis ${machine.redis}, load ${machine.load.toFixed(2)}`,
  );
  const before = readLast(RUN_DIR, quick);
  const figures: Figure[] = [];
  for (const { name, run } of CASES.filter(({ name }) => only.includes(name))) {
    note(`\n${name}`);
    figures.push(...(await run({ rounds, quick, runDir: RUN_DIR, ahead, fsync, note })));
  }
  const saved: Saved = { time: new Date().toISOString(), machine, quick, rounds, figures };
  const file = save(RUN_DIR, saved);
  process.stdout.write(
    json ? `${JSON.stringify(saved, null, 2)}\n` : `\n${toTable(figures, before?.figures ?? [])}\n`,
  );
  note(`\nkept in ${file}`);
  return figures.some((figure) => judge(figure) === 'MISSED') ? 1 : 0;
}

process.exitCode = await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  return 1;
});
