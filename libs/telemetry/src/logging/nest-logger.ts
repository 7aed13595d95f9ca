// Nest's logger face over ours: `new Logger('Name')` of @nestjs/common then writes JSON lines, in every lib.
// Not nestjs-pino's: its pino-http puts serializers of its own in front of ours, and those show errors in full.
import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';
import { toLogError } from './to-log-error.js';

/** Nest tells each module and route at start; that is for those who look closely. */
const TALKATIVE = new Set([
  'InstanceLoader',
  'RouterExplorer',
  'RoutesResolver',
  'NestFactory',
  'NestApplication',
]);

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export function nestLogger(logger: Logger): LoggerService {
  const at =
    (level: Level) =>
    (message: unknown, ...rest: unknown[]): void =>
      write(logger, level, message, rest);
  return {
    verbose: at('trace'),
    debug: at('debug'),
    log: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
}

/** Nest appends the context; before it come a text to the fields, or for errors a stack. */
function write(logger: Logger, level: Level, message: unknown, rest: unknown[]): void {
  const context = rest.length > 0 ? rest.pop() : undefined;
  if (level === 'info' && TALKATIVE.has(String(context))) level = 'debug';
  if (!logger.isLevelEnabled(level)) return;
  const fields = { ...toFields(message), ...(typeof context === 'string' && { context }) };
  const error = [message, ...rest].find((one): one is Error => one instanceof Error);
  const text =
    typeof message === 'string' ? message : (rest.find((one) => typeof one === 'string') ?? textOf(error));
  logger[level](error === undefined ? fields : { ...fields, err: error }, text);
}

function toFields(message: unknown): object {
  return typeof message === 'object' && message !== null && !(message instanceof Error) ? message : {};
}

/** Without a text pino would take the error's own, which may quote what could not be parsed. */
const textOf = (error: Error | undefined): string | undefined => error && toLogError(error).message;
