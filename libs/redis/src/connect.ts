// Opens connections to Redis: one node, or the master that Sentinels name.
import { Redis, type RedisOptions } from 'ioredis';
import type { RedisConfig } from '#config';

const RECONNECT_MAX_MS = 1_000;
/** After `disconnect()` between two attempts ioredis waits in vain for a socket to close, and holds the process for so long. */
const DISCONNECT_MS = 200;

export function connect(config: RedisConfig, options: RedisOptions = {}): Redis {
  const common: RedisOptions = {
    retryStrategy: (times) => Math.min(25 * 2 ** Math.min(times, 6), RECONNECT_MAX_MS),
    connectTimeout: config.commandTimeoutMs,
    disconnectTimeout: DISCONNECT_MS,
    ...options,
  };
  const where =
    config.sentinels.length > 0
      ? { sentinels: config.sentinels.map(hostAndPort), name: config.sentinelName }
      : {};
  // ioredis types its options without exactOptionalPropertyTypes in mind.
  const redis = new Redis({ ...fromUrl(config.url), ...common, ...where } as RedisOptions & {
    replyMapping: 'legacy';
  });
  // Without a listener Node would end the process; the state is read from the connection itself.
  redis.on('error', () => undefined);
  return redis;
}

/** What a client of BullMQ needs: it waits for the connection as long as it takes. */
export const bullConnection = (config: RedisConfig): Redis => connect(config, { maxRetriesPerRequest: null });

function fromUrl(url: string): RedisOptions {
  const { hostname, port, username, password, pathname, protocol } = new URL(url);
  return {
    host: hostname || 'localhost',
    port: Number(port) || 6379,
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    db: Number(pathname.slice(1)) || 0,
    ...(protocol === 'rediss:' && { tls: {} }),
  };
}

function hostAndPort(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(':');
  return at === -1
    ? { host: text, port: 26_379 }
    : { host: text.slice(0, at), port: Number(text.slice(at + 1)) };
}
