// npm run chaos -- [arguments]: brings what it needs, then hands over to chaos/main.ts.
import { runMain } from './lib/fault.mjs';
import { runRig } from './lib/rig.mjs';

await runMain(() => runRig('chaos/main.js'));
