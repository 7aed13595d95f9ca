// The connection that holds the truth. A call either returns Redis' answer or says that the state is out of
// reach; in between the very same script is sent again, which is safe because every script is idempotent.
// Nothing runs on a new connection before BOOT and the loading of the scripts.
import type { Redis } from 'ioredis';
import { ParleyError } from '#contracts';
import type { RedisConfig } from '#config';
import { BOOT } from './boot.js';
import { connect } from './connect.js';
import { readDurability, type Durability } from './durability.js';
import { escapeGlob } from './escape-glob.js';
import { Keys } from './keys.js';
import { definedScripts, type Script } from './script.js';

export type ScriptArgument = string | number | Buffer;

/** Replies that mean "not now": the server is loading, failing over, or cannot persist. */
const NOT_NOW = /^(LOADING|MISCONF|READONLY|OOM|NOREPLICAS|MASTERDOWN|CLUSTERDOWN|BUSY|TRYAGAIN)\b/;

export class StateRedis {
  readonly client: Redis;
  readonly keys: Keys;
  /** Raised by every restart of Redis; 0 before the first connection. */
  generation = 0;
  durability: Durability = { class: 'D0', faults: ['not connected yet'] };
  /** Why nothing can be stored right now; undefined when all is well. */
  fault: string | undefined = 'not connected yet';

  private gate!: Promise<void>;
  private openGate!: () => void;
  private closed = false;

  constructor(private readonly config: RedisConfig) {
    this.keys = new Keys(config.prefix, config.shards);
    this.closeGate('not connected yet');
    this.client = connect(config, {
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: config.commandTimeoutMs,
      enableAutoPipelining: true,
      // One pipeline at a time is sent: a script would wait for the answers of whatever went before it.
      autoPipeliningIgnoredCommands: ['evalsha'],
    });
    this.client.on('ready', () => void this.boot());
    this.client.on('close', () => this.closeGate('connection lost'));
  }

  /** Resolves once Redis has answered, or rejects when it cannot be used at all. */
  async ready(waitMs: number): Promise<void> {
    await this.pass(Date.now() + waitMs);
  }

  /**
   * @param args a function is asked anew each time the script is sent
   * @param waitMs how long "out of reach" is borne before it becomes an error
   * @throws ParleyError `state_unavailable`; whether the script ran is then unknown
   */
  async run<T>(
    script: Script,
    keys: readonly string[],
    args: readonly ScriptArgument[] | (() => readonly ScriptArgument[]),
    waitMs = 15_000,
  ): Promise<T> {
    const now = (): readonly ScriptArgument[] => (typeof args === 'function' ? args() : args);
    return this.attempt((client) => evaluate(client, script, keys, now()) as Promise<T>, waitMs);
  }

  /** Any idempotent command under the same rules as {@link run}. */
  async attempt<T>(command: (client: Redis) => Promise<T>, waitMs = 15_000): Promise<T> {
    const deadline = Date.now() + waitMs;
    for (;;) {
      await this.pass(deadline);
      try {
        return await command(this.client);
      } catch (error) {
        if (!isOutOfReach(error)) throw error;
        if (Date.now() >= deadline) throw unavailable(error);
        // A server that answers "not now" would otherwise be asked in a tight loop.
        if (NOT_NOW.test((error as Error).message)) await delay(100);
        else await delay(1);
      }
    }
  }

  /** Keys that begin so, page by page: each at least once that is there all the while. */
  async *scan(start: string): AsyncGenerator<string[]> {
    const match = `${escapeGlob(start)}*`;
    let cursor = '0';
    do {
      const [next, keys] = await this.attempt((client) =>
        client.scan(cursor, 'MATCH', match, 'COUNT', '500'),
      );
      cursor = next;
      yield keys;
    } while (cursor !== '0');
  }

  /** A further connection with the same settings, for subscriptions and blocking reads. */
  duplicate(): Redis {
    return connect(this.config, { maxRetriesPerRequest: null });
  }

  async close(): Promise<void> {
    this.closed = true;
    this.openGate();
    this.client.disconnect();
  }

  private async boot(): Promise<void> {
    try {
      const info = (await this.client.info('server')) as string;
      const runId = /run_id:(\w+)/.exec(info)?.[1] ?? 'unknown';
      await Promise.all(definedScripts().map((script) => this.client.script('LOAD', script.lua)));
      const { boot, generation, shardCount } = this.keys;
      this.generation = Number(
        await evaluate(this.client, BOOT, [boot, generation, shardCount], [runId, this.config.shards]),
      );
      this.durability = await readDurability(this.client);
      if (this.config.strict && this.durability.class !== 'D2' && this.durability.faults.length > 0) {
        this.fault = `refused: ${this.durability.faults.join('; ')}`;
        return;
      }
      this.fault = undefined;
      this.openGate();
    } catch (error) {
      const shards = /^SHARDS (\d+)/.exec((error as Error).message)?.[1];
      this.fault = shards
        ? `the data are spread over ${shards} shards, REDIS_SHARDS says ${this.config.shards}`
        : `unable to prepare the connection; ${(error as Error).message}`;
      // A server that cannot be written to (loading, disk full) may recover: try the whole start again.
      setTimeout(() => {
        if (!this.closed && this.client.status === 'ready') void this.boot();
      }, 250).unref();
    }
  }

  private closeGate(fault: string): void {
    if (this.closed) return;
    if (this.fault === undefined || this.gate === undefined) {
      const previous = this.openGate as (() => void) | undefined;
      this.gate = new Promise((resolve) => (this.openGate = resolve));
      previous?.();
    }
    this.fault = fault;
  }

  private async pass(deadline: number): Promise<void> {
    while (this.fault !== undefined) {
      const left = deadline - Date.now();
      if (this.closed || left <= 0) throw unavailable(new Error(this.closed ? 'closed' : this.fault));
      await Promise.race([this.gate, delay(left)]);
    }
  }
}

async function evaluate(
  client: Redis,
  script: Script,
  keys: readonly string[],
  args: readonly ScriptArgument[],
): Promise<unknown> {
  writeTogether(client);
  try {
    return await client.evalsha(script.sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
    return client.eval(script.lua, keys.length, ...keys, ...args);
  }
}

/** Whatever is sent in one turn of the event loop leaves in one system call. */
function writeTogether({ stream }: Redis): void {
  if (!stream || stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}

function isOutOfReach(error: unknown): boolean {
  const { name, message, code } = error as Error & { code?: string };
  if (name === 'ReplyError') return NOT_NOW.test(message);
  return (
    code !== undefined ||
    name === 'MaxRetriesPerRequestError' ||
    name === 'AbortError' ||
    /timed out|Connection is closed|writeable|ended/i.test(message)
  );
}

const unavailable = (cause: unknown): ParleyError =>
  new ParleyError('state_unavailable', 'unable to use the state; Redis is out of reach', { cause });

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
