// `parley <noun> <verb>`, and the flags of the worker that came before. Exit codes: 0 done, 1 not done, 2 no answer
// in time. Commands load what they need when they run; compiled code is kept between calls.
import { enableCompileCache } from 'node:module';

enableCompileCache();
// A reader that went away (`| head`) is no error.
process.stdout.on('error', () => process.exit(0));

const { start } = await import('./start.js');
await start(process.argv.slice(2));
