// npm run load -- [arguments]: finds the running system's brokers, or brings a system for as long as the load takes, then hands over to
// load/main.ts.
import { join } from 'node:path';
import { readEndpoints } from './lib/endpoints.mjs';
import { environment } from './lib/environment.mjs';
import { Fault, runMain } from './lib/fault.mjs';
import { tryLock, unlock } from './lib/lock.mjs';
import { speakOnStderr } from './lib/output.mjs';
import { openRunDir, RUN_DIR } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { runCompiled } from './lib/run-compiled.mjs';
import { System } from './lib/system.mjs';

const LOCK = join(RUN_DIR, 'start.lock');

await runMain(async () => {
  const args = process.argv.slice(2);
  speakOnStderr();
  openRunDir();
  const runtime = await prepare({ quiet: true });
  const load = (brokers, worker = '') =>
    runCompiled(runtime, 'load/main.js', args, {
      ...runtime.env,
      BOOTSTRAP_SERVER: brokers ?? '',
      LOAD_WORKER: worker,
    });
  const given = args.some((arg) => arg.startsWith('--brokers'));
  const known = readEndpoints();
  if (given) return load();
  if (known?.kafka && known.gpt_worker) return load(known.kafka, known.gpt_worker);
  if (!tryLock(LOCK)) throw new Fault('the system that runs here has no gpt-worker');
  // Limits are for people; whoever wants to see them at work sets them.
  const system = new System({ REQUESTS_PER_MINUTE: '0', DAILY_TOKEN_LIMIT: '0', ...environment() });
  // A signal ends the load, and then this goes on.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => undefined);
  try {
    const { kafka, gpt_worker } = await system.start(['gpt-worker']);
    if (!kafka || !gpt_worker) throw new Fault('a load needs Kafka');
    return await load(kafka);
  } finally {
    await system.stop();
    unlock(LOCK);
  }
});
