// The apps: which there are, where they listen, what they are told by the environment, and how they start and stop.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from './fault.mjs';
import { ROOT } from './paths.mjs';
import { claimPort } from './ports.mjs';
import { httpStatus, waitFor } from './probe.mjs';
import { launch, stop } from './processes.mjs';

/** In the order of their start. `health` is the path that answers 200 when the app is ready. */
export const APPS = {
  'openai-emulator': { key: 'emulator', port: 4010, health: '/_emulator/health', needs: [] },
  'assistant-stream': {
    key: 'assistant_stream',
    port: 8080,
    health: '/health/ready',
    needs: ['redis', 'rabbitmq'],
  },
  gateway: { key: 'gateway', port: 3000, health: '/health/ready', needs: ['redis', 'rabbitmq'] },
  'gpt-worker': {
    key: 'gpt_worker',
    port: 3001,
    health: '/health/ready',
    needs: ['redis', 'kafka'],
    // As its image has them (MiB): a heap grows as long as it may, and this one has no use for more; a nursery that holds what the requests
    // in flight need spares a fifth of the CPU of each.
    flags: ['--max-old-space-size=256', '--max-semi-space-size=24'],
  },
};

export const DOORS = Object.keys(APPS).filter((name) => name !== 'openai-emulator');

/** The apps that this tree holds, of those that were asked for. @throws Fault for an unknown name */
export function chooseApps(only) {
  const unknown = (only ?? []).find((name) => !DOORS.includes(name));
  if (unknown) throw new Fault(`there is no app "${unknown}"; there are ${DOORS.join(', ')}`);
  return (only ?? DOORS).filter((name) => existsSync(join(ROOT, 'apps', name, 'src', 'main.ts')));
}

/** A port for each app: `GATEWAY_PORT` and the like if set, else the usual one, else a free one. */
export async function choosePorts(names, env) {
  const ports = {};
  for (const name of names) {
    const wish = wishedPort(name, env);
    const port = await claimPort(wish ?? APPS[name].port);
    if (wish && port !== wish) throw new Fault(`port ${wish}, wanted for ${name}, is in use`);
    ports[name] = port;
  }
  return ports;
}

/** What `GATEWAY_PORT` and the like say, if anything. @throws Fault when that is no port */
export function wishedPort(name, env) {
  const variable = `${name.replaceAll('-', '_').toUpperCase()}_PORT`;
  const port = env[variable] === undefined ? undefined : Number(env[variable]);
  if (port === undefined || (Number.isInteger(port) && port > 0 && port < 65_536)) return port;
  throw new Fault(`${variable} must be a port from 1 to 65535`);
}

/** As the image's ENTRYPOINT has them. The smaller nursery (MiB) keeps the resident set flat and pauses short; an app's own flags come later and count. */
const NODE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=8'];

/**
 * Starts an app and waits until it is ready.
 * @throws Fault with the end of its log when it dies or is not ready in time
 */
export async function startApp(name, { node, env, port, dir, onLaunch }) {
  const log = join(dir, 'logs', `${name}.log`);
  const main = join(ROOT, 'dist', 'apps', name, 'src', 'main.js');
  const { identity, ended } = await launch({
    command: node,
    args: [...NODE_FLAGS, ...(APPS[name].flags ?? []), main],
    env: { ...env, PORT: String(port) },
    cwd: ROOT,
    log,
  });
  const app = { name, identity, ended, log, url: `http://127.0.0.1:${port}` };
  onLaunch(app);
  const ready = async () => (await httpStatus(app.url + APPS[name].health)) === 200;
  await waitFor(name, ready, { identity, log, timeoutMs: 90_000 });
  return app;
}

/** Doors first, so that the upstream still answers what they finish. */
export async function stopApps(apps, graceMs) {
  const doors = apps.filter((app) => app.name !== 'openai-emulator');
  await Promise.all(doors.map((app) => stop(app.identity, graceMs)));
  await Promise.all(apps.map((app) => stop(app.identity, 5_000)));
}
