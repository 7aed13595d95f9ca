// RabbitMQ: how to judge one that runs already, and how to run a node of our own without root or systemd.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { amqpLogin } from './amqp-login.mjs';
import { startEpmd } from './epmd.mjs';
import { tagOf } from './paths.mjs';
import { claimPort } from './ports.mjs';
import { waitFor } from './probe.mjs';
import { launch } from './processes.mjs';

export const rabbitmq = {
  kind: 'rabbitmq',
  label: 'RabbitMQ',
  variable: 'RABBITMQ_URL',
  defaultPort: 5672,
  ownPort: 15673,
  aptPackages: ['rabbitmq-server'],
  installHint: 'sudo apt-get install rabbitmq-server, or brew install rabbitmq',
  url: (port) => `amqp://guest:guest@127.0.0.1:${port}`,
  installed: () => serverScript() !== undefined,

  async objection(port) {
    const verdict = await amqpLogin(port);
    if (verdict === 'welcome') return undefined;
    return verdict === 'refused'
      ? 'it does not let guest in (set RABBITMQ_URL to use it)'
      : 'it does not speak AMQP';
  },

  /** A node named after its directory, so that clones and test runs do not meet; only loopback is bound. */
  async start({ dir, port, log, onLaunch }) {
    mkdirSync(dir, { recursive: true });
    const file = (name, text) => {
      writeFileSync(join(dir, name), text);
      return join(dir, name);
    };
    const env = {
      ...process.env,
      HOME: dir,
      RABBITMQ_NODENAME: `parley-${tagOf(dir)}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(await claimPort()),
      RABBITMQ_MNESIA_BASE: join(dir, 'data'),
      RABBITMQ_LOG_BASE: join(dir, 'log'),
      RABBITMQ_CONFIG_FILE: file('rabbitmq.conf', 'log.console = false\n'),
      RABBITMQ_CONF_ENV_FILE: file('rabbitmq-env.conf', ''),
      RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled_plugins', '[].\n'),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
      ERL_EPMD_ADDRESS: '127.0.0.1',
      // The script then becomes the broker (exec): signals reach it, and its pid is the broker's own.
      RABBITMQ_ALLOW_INPUT: '1',
      RABBITMQ_SERVER_START_ARGS: '-noinput +B i',
    };
    await startEpmd();
    const { identity } = await launch({ command: serverScript(), env, cwd: dir, log });
    onLaunch(identity);
    const answers = async () => (await amqpLogin(port)) === 'welcome';
    await waitFor('RabbitMQ', answers, { identity, log, timeoutMs: 120_000 });
  },
};

/** The server's own script; the one on PATH in Debian insists on being root or rabbitmq. */
function serverScript() {
  const homes = ['/usr/lib/rabbitmq/bin', '/opt/homebrew/opt/rabbitmq/sbin', '/usr/local/opt/rabbitmq/sbin'];
  const versions = '/usr/lib/rabbitmq/lib';
  if (existsSync(versions)) homes.push(...readdirSync(versions).map((name) => join(versions, name, 'sbin')));
  return homes.map((home) => join(home, 'rabbitmq-server')).find((path) => existsSync(path));
}
