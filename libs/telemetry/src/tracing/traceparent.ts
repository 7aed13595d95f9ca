// W3C trace context as plain header text, for wires that carry text: HTTP, AMQP headers, Kafka headers, run hashes.
import { context, isSpanContextValid, trace, type Context } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';

/** The context to start a span in; the current one when there is no valid `traceparent`. */
export function extractTraceparent(traceparent: string | undefined): Context {
  const parent = traceparent === undefined ? null : parseTraceParent(traceparent);
  return parent ? trace.setSpanContext(context.active(), { ...parent, isRemote: true }) : context.active();
}

/** `traceparent` of the running span; undefined when traces are off and none came in. */
export function currentTraceparent(): string | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  if (!span || !isSpanContextValid(span)) return undefined;
  return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
}
