// The face of the openai lib: a model behind a port, and everything that is known about its failures.
export type {
  ResponseInputItem,
  ResponseOutputItem,
  ResponseTextConfig,
} from 'openai/resources/responses/responses';
export type { FunctionToolDefinition, ModelRequest } from './model/model-request.js';
export type { ModelSink } from './model/model-sink.js';
export type { ModelOutcome, ModelToolCall, ModelUsage } from './model/model-outcome.js';
export { ModelClient, type ModelApi, type ModelTimeouts } from './model/model-client.js';
export {
  UPSTREAM_KINDS,
  UpstreamError,
  type UpstreamErrorFields,
  type UpstreamKind,
} from './errors/upstream-error.js';
export {
  decideRetry,
  failCode,
  UPSTREAM_FAIL_CODES,
  type RetryDecision,
  type RetryState,
  type UpstreamFailCode,
} from './errors/retry-decision.js';
