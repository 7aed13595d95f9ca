// npm test: provisions like npm start but apart from it, checks, runs every test, and leaves nothing behind.
import { runMain } from './lib/fault.mjs';
import { bringFfmpeg } from './lib/ffmpeg.mjs';
import { phase, say } from './lib/output.mjs';
import { OwnServices } from './lib/own-services.mjs';
import { openRunDir } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { stopRunning } from './lib/processes.mjs';
import { s3mockJar } from './lib/s3mock.mjs';
import { runStep, stopStep } from './lib/step.mjs';
import { untilSignal } from './lib/signals.mjs';
import { countTests, planTests } from './lib/test-plan.mjs';

const HELP = `npm test [-- options] [path pattern]
  Without options: format, lint, types, unit tests, end-to-end tests, a short fault run.
  --check --unit --e2e --chaos   run only these
  --no-check                     leave format, lint and types out
  a path pattern or jest options go to jest`;

await runMain(async () => {
  const args = process.argv.slice(2);
  if (args.includes('--help')) return say(HELP);
  openRunDir();
  const services = new OwnServices();
  const interrupted = untilSignal(() => undefined);
  try {
    const run = runAll(args, services);
    run.catch(() => undefined);
    const outcome = await Promise.race([run, interrupted]);
    if (typeof outcome !== 'string') return outcome;
    say(`Interrupted (${outcome}).`);
    return 130;
  } finally {
    stopRunning();
    stopStep();
    await services.stop();
    interrupted.forget();
  }
});

async function runAll(args, services) {
  const [runtime, addresses, s3] = await Promise.all([
    prepare(),
    services.start(),
    s3mockJar(),
    phase(bringFfmpeg, (how) => how),
  ]);
  const env = {
    ...runtime.env,
    ...addresses,
    ...s3,
    NODE_ENV: 'test',
    FORCE_COLOR: process.stdout.isTTY ? '1' : '0',
  };
  const total = { passed: 0, failed: 0 };
  const broken = [];
  for (const step of planTests(args, services.dir)) {
    say(`\n=== ${step.name}`);
    const started = performance.now();
    const { code, complaint } = await runStep(runtime.node, step, env);
    if (complaint) say(complaint);
    const { passed, failed } = countTests(step, code);
    total.passed += passed;
    total.failed += failed;
    if (code !== 0) broken.push(step.name);
    say(
      `=== ${step.name} ${code === 0 ? 'ok' : 'FAILED'} in ${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
  }
  if (broken.length > 0) say(`\nfailed: ${broken.join(', ')}`);
  say(`\n${total.passed} passed, ${total.failed} failed`);
  return broken.length > 0 ? 1 : 0;
}
