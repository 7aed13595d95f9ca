// npm run bench -- [arguments]: brings what it needs, then hands over to bench/main.ts.
import { runMain } from './lib/fault.mjs';
import { runRig } from './lib/rig.mjs';

await runMain(() => runRig('bench/main.js'));
