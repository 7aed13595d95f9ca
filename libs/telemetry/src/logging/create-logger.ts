// Builds the process' logger: JSON lines on stdout, fields by allow-list, ids from the log context and the trace.
// Knows nothing of Nest; see nest-logger.ts for that face of it.
import { isSpanContextValid, trace } from '@opentelemetry/api';
import { destination, pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';
import { logContext } from './log-context.js';
import { LOG_FIELDS } from './log-fields.js';
import { escapeUnseen } from './escape-unseen.js';
import { redact } from './redact.js';
import { toLogError } from './to-log-error.js';

const VALUE_CHARS = 500;

export interface LoggerOptions {
  /** Name of the app, in every line. */
  name: string;
  /** In any case: fatal, error, warn, info, debug, trace, silent. */
  level: string;
  /** Default: stdout, synchronously, so that the last lines before an exit are not lost. */
  to?: DestinationStream;
}

export function createLogger({
  name,
  level,
  to = destination({ dest: 1, sync: true }),
}: LoggerOptions): Logger {
  return pino(
    {
      name,
      level: level.toLowerCase(),
      base: { name, pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: onlyAllowed },
      mixin: () => ({ ...logContext(), ...traceIds() }),
      serializers: { err: (error: unknown) => toLogError(error) },
    },
    { write: (line: string) => to.write(escapeUnseen(redact(line))) },
  );
}

function onlyAllowed(fields: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields))
    if (LOG_FIELDS.has(name)) kept[name] = typeof value === 'string' ? value.slice(0, VALUE_CHARS) : value;
  return kept;
}

function traceIds(): { trace_id?: string; span_id?: string } {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
