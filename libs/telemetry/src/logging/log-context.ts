// Which run, message or request the current asynchronous call chain works for. Loggers read it; nothing decides by it.
import { AsyncLocalStorage } from 'node:async_hooks';

/** Ids only. `chk` is the digest of a channel, whose name may be personal. */
export interface LogContext {
  run_id?: string;
  message_id?: string;
  chk?: string;
  request_id?: string;
  attempt?: number;
}

const storage = new AsyncLocalStorage<LogContext>();

/** Runs `fn` so that every log line written in it, also after awaits, carries `fields` besides those of the caller. */
export function withLogContext<T>(fields: LogContext, fn: () => T): T {
  return storage.run({ ...storage.getStore(), ...fields }, fn);
}

export const logContext = (): Readonly<LogContext> => storage.getStore() ?? {};
