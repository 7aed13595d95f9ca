// What bench and chaos share: they start, freeze and kill Redis and RabbitMQ themselves, so the programs must be here and the
// port mapper must not die with a broker.
import { startEpmd, stopEpmd } from './epmd.mjs';
import { phase } from './output.mjs';
import { openRunDir } from './paths.mjs';
import { prepare } from './prepare.mjs';
import { runCompiled } from './run-compiled.mjs';
import { ensureInstalled } from './services.mjs';

/** Prepares like every command, then hands over to the compiled `main`. @returns {Promise<number>} its exit code */
export async function runRig(main) {
  openRunDir();
  await phase(
    () => ensureInstalled(['redis', 'rabbitmq']),
    (kinds) => kinds.length > 0 && `${kinds.join(', ')} installed by apt`,
  );
  const runtime = await prepare({ quiet: true });
  // Before the first broker needs it, so that it is known whose it is when the last one has gone.
  await startEpmd();
  try {
    return await runCompiled(runtime, main, process.argv.slice(2), runtime.env);
  } finally {
    await stopEpmd();
  }
}
