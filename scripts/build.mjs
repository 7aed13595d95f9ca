// npm run build: Node 24, the dependencies, and dist/ from the sources as they are now.
import { runMain } from './lib/fault.mjs';
import { prepare } from './lib/prepare.mjs';

await runMain(async () => {
  await prepare();
});
