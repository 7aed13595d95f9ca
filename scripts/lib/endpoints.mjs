// .run/endpoints.json: where every door and backing service of the running system is, for scripts and people.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { APPS } from './apps.mjs';
import { RUN_DIR } from './paths.mjs';

const FILE = join(RUN_DIR, 'endpoints.json');

/** Name → URL, null for what does not run. */
export function describeEndpoints({ ports, services, upstream, adminFile }) {
  const urls = Object.fromEntries(
    Object.entries(APPS).map(([name, { key }]) => [
      key,
      ports[name] ? `http://127.0.0.1:${ports[name]}` : null,
    ]),
  );
  const stream = ports['assistant-stream'];
  return {
    ...urls,
    websocket: stream ? `ws://127.0.0.1:${stream}/ws` : null,
    sse: stream ? `http://127.0.0.1:${stream}/channels/{channel}/events` : null,
    redis: services.redis?.url ?? null,
    rabbitmq: services.rabbitmq?.url ?? null,
    kafka: services.kafka?.url ?? null,
    upstream,
    admin_file: adminFile,
  };
}

export function writeEndpoints(endpoints) {
  mkdirSync(RUN_DIR, { recursive: true });
  // The URLs of given services may carry their users' passwords.
  writeFileSync(`${FILE}.draft`, `${JSON.stringify(endpoints, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(`${FILE}.draft`, FILE);
}

export function readEndpoints() {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8'));
  } catch {
    return undefined; // nothing runs
  }
}

export function removeEndpoints() {
  rmSync(FILE, { force: true });
}
