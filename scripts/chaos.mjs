// npm run chaos -- [arguments]: prepares like every command, then hands over to chaos/main.ts, which starts what it needs itself.
import { startEpmd, stopEpmd } from './lib/epmd.mjs';
import { runMain } from './lib/fault.mjs';
import { prepare } from './lib/prepare.mjs';
import { runCompiled } from './lib/run-compiled.mjs';

await runMain(async () => {
  const runtime = await prepare({ quiet: true });
  // Before the first broker needs it, so that it is known whose it is when the last one has gone.
  await startEpmd();
  try {
    return await runCompiled(runtime, 'chaos/main.js', process.argv.slice(2), runtime.env);
  } finally {
    await stopEpmd();
  }
});
