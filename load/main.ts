// npm run load: requests over the worker's real topics, and what came back.
import 'reflect-metadata';
import { KafkaConfig, loadConfig } from '#config';
import { ModelCatalogue } from '#openai';
import { readArguments, USAGE, type LoadArguments } from './arguments.js';
import { readPace, toNotice } from './pace.js';
import { Progress } from './progress.js';
import { isWhole, toLines, toReport } from './report.js';
import { runLoad } from './run-load.js';

async function main(): Promise<number> {
  let args: LoadArguments;
  let kafka: KafkaConfig;
  try {
    args = readArguments(process.argv.slice(2), process.env['BOOTSTRAP_SERVER']);
    kafka = loadConfig(KafkaConfig, { ...process.env, BOOTSTRAP_SERVER: args.brokers.join(',') });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  const pace = await readPace(process.env['LOAD_WORKER'] ?? '');
  if (pace && pace < args.requests) process.stderr.write(`${toNotice(pace, args.requests)}\n`);
  const progress = new Progress(args.requests, process.stderr);
  const { tally, ms } = await runLoad(args, kafka, ({ done, failed }) => progress.show(done, failed));
  progress.end();
  const catalogue = new ModelCatalogue();
  const report = toReport(tally, { ...args, ms }, (model) => catalogue.entry(model)?.price);
  process.stdout.write(
    args.json ? `${JSON.stringify(report, null, 2)}\n` : `${toLines(report).join('\n')}\n`,
  );
  return isWhole(report) ? 0 : 1;
}

process.exitCode = await main().catch((error: Error) => {
  process.stderr.write(`unable to go on; ${error.message}\n`);
  return 1;
});
