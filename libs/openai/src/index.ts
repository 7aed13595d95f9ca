// The face of the openai lib: a model behind a port, and everything that is known about its failures.
export type {
  ResponseInputItem,
  ResponseOutputItem,
  ResponseTextConfig,
} from 'openai/resources/responses/responses';
export { costOf } from './catalogue/cost-of.js';
export type { BatchRow } from './batches/batch-lines.js';
export * from './accounts/openai-accounts.js';
export * from './accounts/provider-calls.js';
export * from './accounts/read-profiles.js';
export * from './files/files-client.js';
export * from './vector-stores/vector-stores-client.js';
export * from './batches/batches-client.js';
export * from './catalogue/model-aliases.js';
export * from './catalogue/model-catalogue.js';
export {
  CATALOGUE_AS_OF,
  LONG_PROMPT,
  TIER_FACTORS,
  type ModelEntry,
  type ModelPrice,
  type ModelTraits,
} from './catalogue/models.data.js';
export { openaiClient, type OpenaiProfile } from './client/openai-profile.js';
export * from './embeddings/embeddings-client.js';
export * from './errors/retry-decision.js';
export { sanitise } from './errors/sanitise.js';
export { toUpstreamError } from './errors/to-upstream-error.js';
export * from './errors/upstream-error.js';
export * from './model/model-client.js';
export * from './model/model-outcome.js';
export * from './model/model-request.js';
export * from './model/model-sink.js';
export { ResponsesModelClient } from './responses/responses-model-client.js';
export { newStreamCounts, type StreamCounts } from './stream/stream-counts.js';
export { upstreamAgent } from './stream/upstream-fetch.js';
export { ChatModelClient } from './chat/chat-model-client.js';
export * from './breaker/circuit-policy.js';
export * from './breaker/to-circuit-event.js';
export * from './client/list-models.js';
export * from './client/model-clients.js';
export * from './client/model-health.js';
export * from './conversations/conversations-client.js';
export { OpenaiModule } from './openai.module.js';
export * from './catalogue/model-notices.js';
export {
  TRANSCRIBERS,
  TRANSCRIPT_FORMATS,
  type TranscriberEntry,
  type TranscriberTraits,
  type TranscriptFormat,
} from './catalogue/transcribers.data.js';
export * from './transcriptions/refusals.js';
export type * from './transcriptions/transcript.js';
export * from './transcriptions/transcription-request.js';
export * from './transcriptions/transcriptions-client.js';
