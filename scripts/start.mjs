// npm start: one command from a fresh clone to a running system; Ctrl-C takes all of it down.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { banner } from './lib/banner.mjs';
import { readEndpoints } from './lib/endpoints.mjs';
import { environment } from './lib/environment.mjs';
import { Fault, runMain } from './lib/fault.mjs';
import { holderOf, tryLock, unlock } from './lib/lock.mjs';
import { say } from './lib/output.mjs';
import { RUN_DIR, openRunDir } from './lib/paths.mjs';
import { System } from './lib/system.mjs';
import { untilSignal } from './lib/signals.mjs';

const HELP = `npm start [-- --only gateway,assistant-stream]
  Brings Node 24, the dependencies, the build, Redis, RabbitMQ and Kafka, starts the apps and waits until they are ready.
  --only   start just these: gateway, assistant-stream, gpt-worker
  Settings come from the environment and from a .env file. Without OPENAI_API_KEY the emulator answers.
  Given REDIS_URL, RABBITMQ_URL or BOOTSTRAP_SERVER, that service is used. GATEWAY_PORT, ASSISTANT_STREAM_PORT and the like fix ports.
  State, logs and .run/endpoints.json lie under .run/. Ctrl-C stops all that was started; a second Ctrl-C does not wait.`;

const LOCK = join(RUN_DIR, 'start.lock');

await runMain(async () => {
  const { values } = readArguments();
  if (values.help) return say(HELP);
  openRunDir();
  if (!tryLock(LOCK)) return alreadyRunning();
  const system = new System(environment());
  const interrupted = untilSignal(() => system.kill());
  const started = performance.now();
  try {
    const up = system.start(values.only?.split(',').filter(Boolean));
    // When a signal comes first, the failures of what it interrupts are of no interest.
    up.catch(() => undefined);
    const endpoints = await Promise.race([up, interrupted]);
    if (typeof endpoints === 'string') return undefined;
    say(banner(endpoints));
    say(`Ready in ${((performance.now() - started) / 1000).toFixed(1)} s. Ctrl-C stops everything.`);
    const end = await Promise.race([interrupted, system.anEnd().then((text) => new Fault(text))]);
    if (end instanceof Fault) throw end;
    return undefined;
  } finally {
    say('Stopping ...');
    await system.stop();
    unlock(LOCK);
    say('Stopped.');
    interrupted.forget();
  }
});

function readArguments() {
  try {
    return parseArgs({ options: { only: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    throw new Fault(`${error.message}; see npm start -- --help`);
  }
}

function alreadyRunning() {
  const pid = holderOf(LOCK)?.pid;
  const endpoints = readEndpoints();
  say(
    endpoints
      ? `Parley runs already in this clone (pid ${pid}).`
      : `Parley is starting already in this clone (pid ${pid}).`,
  );
  if (endpoints) say(banner(endpoints));
}
