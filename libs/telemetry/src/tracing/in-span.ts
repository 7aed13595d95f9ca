// Runs a piece of work as a span. Without a started SDK this costs next to nothing and only passes parents on.
import { SpanKind, SpanStatusCode, context, trace, type Attributes, type Span } from '@opentelemetry/api';
import { extractTraceparent } from './traceparent.js';

export interface SpanOptions {
  /** W3C traceparent that came in over a wire; without one the current span is the parent. */
  parent?: string | undefined;
  kind?: keyof typeof SpanKind;
  /** Codes, counts and ids; never content. GenAI calls use the semantic conventions (`gen_ai.*`). */
  attributes?: Attributes;
  /** UTC ms, when it began before it could be opened. */
  startTime?: number;
}

const tracer = () => trace.getTracer('parley');

/** Ends the span when `fn` settles; a rejection marks it as failed by its code and is passed on. */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  fn: (span: Span) => Promise<T>,
): Promise<T> {
  const span = openSpan(name, options);
  try {
    return await context.with(trace.setSpan(extractTraceparent(options.parent), span), () => fn(span));
  } catch (error) {
    const code = (error as { code?: unknown } | undefined)?.code;
    span.setStatus({ code: SpanStatusCode.ERROR, message: typeof code === 'string' ? code : 'error' });
    throw error;
  } finally {
    span.end();
  }
}

/** A span whose end is not the end of one call, such as delivery's last frame. The caller ends it. */
export function openSpan(
  name: string,
  { parent, kind = 'INTERNAL', attributes, startTime }: SpanOptions,
): Span {
  return tracer().startSpan(
    name,
    {
      kind: SpanKind[kind],
      ...(attributes && { attributes }),
      ...(startTime !== undefined && { startTime }),
    },
    extractTraceparent(parent),
  );
}
