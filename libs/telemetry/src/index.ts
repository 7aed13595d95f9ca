// The face of the telemetry lib: how apps start, and what is seen of them.
export { bootstrapApp, type AppOptions } from './app/bootstrap-app.js';
export { loadAppConfig, reportConfig, type AppConfig } from './app/load-app-config.js';
export { HealthRegistry, type HealthPart } from './health/health-registry.js';
export type { Health, HealthReport, PartReport, PartStatus } from './health/part-status.js';
export type { ErrorForm } from './http/error-form.js';
export { OPEN_ROUTE, OpenRoute } from './http/open-route.js';
export { PROBLEM_TYPE, toProblem, type Problem } from './http/problem.js';
export { toHttpError } from './http/to-http-error.js';
export { createLogger, type LoggerOptions } from './logging/create-logger.js';
export { logContext, withLogContext, type LogContext } from './logging/log-context.js';
export { nestLogger } from './logging/nest-logger.js';
export { redact } from './logging/redact.js';
export { METRIC } from './metrics/metric-names.js';
export { Metrics } from './metrics/metrics.js';
export { TelemetryModule } from './telemetry.module.js';
export { inSpan, openSpan, type SpanOptions } from './tracing/in-span.js';
export { extractTraceparent, currentTraceparent } from './tracing/traceparent.js';
export { Tracing } from './tracing/tracing.js';
