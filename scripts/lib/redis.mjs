// Redis: how to judge one that runs already, and how to run one of our own.
import { mkdirSync } from 'node:fs';
import { converse, waitFor } from './probe.mjs';
import { launch } from './processes.mjs';

export const redis = {
  kind: 'redis',
  label: 'Redis',
  variable: 'REDIS_URL',
  defaultPort: 6379,
  ownPort: 16379,
  programs: ['redis-server'],
  aptPackages: ['redis-server'],
  installHint: 'sudo apt-get install redis-server, or brew install redis',
  url: (port) => `redis://127.0.0.1:${port}`,

  /** Why the Redis at `port` is not fit for use, or undefined when it is. */
  async objection(port) {
    const ask = (words) => converse({ port }, `${words}\r\n`, (bytes) => bytes.toString('latin1'));
    const pong = (await ask('PING')) ?? '';
    if (/^-(NOAUTH|WRONGPASS)/.test(pong)) return 'it wants a password (set REDIS_URL to use it)';
    if (!pong.startsWith('+PONG')) return 'it does not answer PING';
    const policy = (await ask('CONFIG GET maxmemory-policy')) ?? '';
    if (!policy.includes('noeviction')) return 'it may evict keys (maxmemory-policy is not noeviction)';
    const file = (await ask('CONFIG GET appendonly')) ?? '';
    return file.includes('yes') ? undefined : 'it would forget at a restart (appendonly is off)';
  },

  /** Starts one with an append-only file, written through at each command. */
  async start({ dir, port, log, onLaunch }) {
    mkdirSync(dir, { recursive: true });
    const settings = {
      port,
      bind: '127.0.0.1',
      dir,
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
      'maxmemory-policy': 'noeviction',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const { identity } = await launch({ command: 'redis-server', args, cwd: dir, log });
    onLaunch(identity);
    const answers = async () => (await this.objection(port)) === undefined;
    await waitFor('Redis', answers, { identity, log, timeoutMs: 30_000 });
  },
};
