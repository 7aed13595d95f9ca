// Services for one run of a command alone: in a directory and on ports of their own, gone when it ends.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopEpmd } from './epmd.mjs';
import { phase, say } from './output.mjs';
import { identify, isAlive } from './processes.mjs';
import { holderOf } from './lock.mjs';
import { RUN_DIR } from './paths.mjs';
import { PROVIDERS, down, up } from './services.mjs';

const ROOM = join(RUN_DIR, 'test');

export class OwnServices {
  dir = join(ROOM, String(process.pid));

  /** @returns {Promise<object>} REDIS_URL, RABBITMQ_URL and, where Kafka can be had, BOOTSTRAP_SERVER */
  async start() {
    await clearLeftovers();
    mkdirSync(this.dir, { recursive: true });
    writeFileSync(join(this.dir, 'holder'), JSON.stringify(identify(process.pid)));
    // A .env file is for running the product, not for testing it; the process's own environment does count.
    const options = { dir: this.dir, kinds: Object.keys(PROVIDERS), owner: 'test', env: process.env };
    const found = await phase(
      () => up({ ...options, useListening: false }),
      (services) =>
        Object.entries(services)
          .map(([kind, { source }]) => `${kind} ${source}`)
          .join(', '),
    );
    for (const note of Object.values(found).flatMap(({ notes }) => notes)) say(`  ${note}`);
    return Object.fromEntries(
      Object.entries(found).flatMap(([kind, { url }]) => (url ? [[PROVIDERS[kind].variable, url]] : [])),
    );
  }

  async stop() {
    await down(this.dir, ['test'], { data: true });
    await stopEpmd();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Runs that were killed left their services running. */
async function clearLeftovers() {
  if (!existsSync(ROOM)) return;
  for (const name of readdirSync(ROOM)) {
    const dir = join(ROOM, name);
    if (isAlive(holderOf(join(dir, 'holder')))) continue;
    await down(dir, ['test'], { data: true });
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
