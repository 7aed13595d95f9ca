#!/usr/bin/env node
// The `parley` command from a clone: Node 24, a current build, and the addresses of the system that runs here.
import { join } from 'node:path';
import { readEndpoints } from './lib/endpoints.mjs';
import { environment } from './lib/environment.mjs';
import { runMain } from './lib/fault.mjs';
import { speakOnStderr } from './lib/output.mjs';
import { RUN_DIR } from './lib/paths.mjs';
import { prepare } from './lib/prepare.mjs';
import { runCompiled } from './lib/run-compiled.mjs';
import { read } from './lib/services.mjs';

await runMain(async () => {
  speakOnStderr();
  const runtime = await prepare({ quiet: true });
  const env = { ...addresses(), ...environment(), PATH: runtime.env.PATH };
  return runCompiled(runtime, 'apps/cli/src/main.js', process.argv.slice(2), env);
});

/** Where the running system is, or the services alone; what the user set himself wins. */
function addresses() {
  const known = readEndpoints();
  const services = read(RUN_DIR);
  const found = {
    REDIS_URL: known?.redis ?? services.redis?.url,
    RABBITMQ_URL: known?.rabbitmq ?? services.rabbitmq?.url,
    BOOTSTRAP_SERVER: known?.kafka ?? services.kafka?.url,
    WEBSOCKET_URL: known?.websocket,
    GATEWAY_URL: known?.gateway,
    STORAGE_DIR: known ? join(RUN_DIR, 'storage') : undefined,
    ...(known?.emulator ? { OPENAI_BASE_URL: known.upstream, OPENAI_API_KEY: 'sk-emulator' } : {}),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value));
}
