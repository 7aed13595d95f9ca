// The whole running system of one clone: prepares, starts services and apps, remembers them, and takes everything down again.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adminLogin } from './admin.mjs';
import { APPS, chooseApps, choosePorts, startApp, stopApps, wishedPort } from './apps.mjs';
import { describeEndpoints, removeEndpoints, writeEndpoints } from './endpoints.mjs';
import { Fault } from './fault.mjs';
import { phase, say } from './output.mjs';
import { RUN_DIR } from './paths.mjs';
import { prepare } from './prepare.mjs';
import { signal, stop, stopRunning } from './processes.mjs';
import { down, up } from './services.mjs';
import { withLock } from './lock.mjs';

const APPS_FILE = join(RUN_DIR, 'apps.json');
const GRACE_MS = 20_000;

export class System {
  apps = [];
  stopping = undefined;

  constructor(env) {
    this.env = env;
  }

  /** @returns {Promise<object>} the endpoints, also written to .run/endpoints.json */
  async start(only) {
    const names = chooseApps(only);
    if (names.length === 0) throw new Fault('none of the apps is in this tree');
    for (const name of [...names, 'openai-emulator']) wishedPort(name, this.env);
    await stopLeftovers();
    const [runtime, services] = await Promise.all([prepare(), this.#services(names)]);
    const runnable = names.filter((name) => APPS[name].needs.every((kind) => services[kind].url));
    for (const name of names.filter((one) => !runnable.includes(one)))
      say(`  ${name} is not started: it needs Kafka`);
    if (runnable.length === 0) throw new Fault('nothing is left to start');

    const emulated = !this.env.OPENAI_API_KEY;
    const started = emulated ? ['openai-emulator', ...runnable] : runnable;
    const ports = await choosePorts(started, this.env);
    const admin = adminLogin(RUN_DIR);
    const upstream = this.#upstream(emulated, ports);
    const endpoints = describeEndpoints({ ports, services, upstream, adminFile: admin.file });
    const env = this.#appEnv({ runtime, endpoints, admin, emulated });
    await phase(
      () =>
        Promise.all(
          started.map((name) => this.#startApp(name, { node: runtime.node, env, port: ports[name] })),
        ),
      () => `${started.join(', ')} ready`,
    );
    writeEndpoints(endpoints);
    return endpoints;
  }

  /** Settles when an app ends by itself: the sentence to end with. */
  anEnd() {
    return Promise.race(
      this.apps.map(async ({ name, ended, log }) => `${name} ended with ${await ended}; see ${log}`),
    );
  }

  /** Apps, then the services that were started for them. Safe to call twice. */
  stop() {
    this.stopping ??= (async () => {
      stopRunning();
      await stopApps(this.apps, GRACE_MS);
      await down(RUN_DIR, ['start']);
      rmSync(APPS_FILE, { force: true });
      removeEndpoints();
    })();
    return this.stopping;
  }

  /** For the impatient: no grace for the apps. */
  kill() {
    for (const { identity } of this.apps) signal(identity, 'SIGKILL');
  }

  async #services(names) {
    const kinds = [...new Set(names.flatMap((name) => APPS[name].needs))];
    const options = { dir: RUN_DIR, kinds, owner: 'start', env: this.env, useListening: true };
    const found = await phase(
      () => withLock(join(RUN_DIR, 'services.lock'), () => up(options)),
      (services) =>
        Object.entries(services)
          .map(([kind, { source }]) => `${kind} ${source}`)
          .join(', '),
    );
    for (const note of Object.values(found).flatMap(({ notes }) => notes)) say(`  ${note}`);
    return found;
  }

  #upstream(emulated, ports) {
    if (emulated) return `http://127.0.0.1:${ports['openai-emulator']}/v1`;
    return this.env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1';
  }

  #appEnv({ runtime, endpoints, admin, emulated }) {
    const given = (name, value) => (value ? { [name]: value } : {});
    return {
      NODE_ENV: 'development',
      HOST: '127.0.0.1',
      STORAGE_DIR: join(RUN_DIR, 'storage'),
      ADMIN_USER: admin.user,
      ADMIN_PASSWORD: admin.password,
      ...given('REDIS_URL', endpoints.redis),
      ...given('RABBITMQ_URL', endpoints.rabbitmq),
      ...given('BOOTSTRAP_SERVER', endpoints.kafka),
      ...given('WEBSOCKET_URL', endpoints.websocket),
      // The emulator has a weather of its own, so that a first run can see a tool at work.
      ...(emulated
        ? { OPENWEATHER_API_KEY: 'emulator', OPENWEATHER_BASE_URL: `${endpoints.emulator}/openweather` }
        : {}),
      ...this.env,
      ...(emulated ? { OPENAI_BASE_URL: `${endpoints.emulator}/v1`, OPENAI_API_KEY: 'sk-emulator' } : {}),
      PATH: runtime.env.PATH,
    };
  }

  async #startApp(name, options) {
    const onLaunch = (app) => {
      this.apps.push(app);
      writeFileSync(APPS_FILE, JSON.stringify(this.apps.map(({ identity }) => identity)));
    };
    await startApp(name, { ...options, dir: RUN_DIR, onLaunch });
  }
}

/** A run that was killed could not stop its apps; they would hold ports and take messages. */
async function stopLeftovers() {
  mkdirSync(RUN_DIR, { recursive: true });
  removeEndpoints();
  let left = [];
  try {
    left = JSON.parse(readFileSync(APPS_FILE, 'utf8'));
  } catch {
    return; // the last run ended well
  }
  await Promise.all(left.map((identity) => stop(identity, 5_000)));
  rmSync(APPS_FILE, { force: true });
}
