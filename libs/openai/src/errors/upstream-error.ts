// The one error of the provider side. Its message is safe to show; what the provider said is kept in
// `detail`, cleaned of keys and account ids, for logs only.

export const UPSTREAM_KINDS = [
  'aborted', // our own signal: cancel, deadline, lost lease
  'timeout_first_output',
  'timeout_idle',
  'connection', // no answer: DNS, refused, reset before headers
  'stream_cut', // the body died or ended without a terminal event
  'sequence_gap', // an event is missing; a background response can be resumed
  'malformed', // not the protocol: HTML, broken JSON or UTF-8, an oversized line
  'rate_limit',
  'overloaded',
  'quota',
  'auth',
  'server',
  'conversation_locked',
  'context_length',
  'content_policy',
  'invalid_request',
  'not_found',
  'not_resumable',
  'cancelled', // the provider ended the response as cancelled
] as const;

export type UpstreamKind = (typeof UPSTREAM_KINDS)[number];

export interface UpstreamErrorFields {
  /** HTTP status, where there was one. */
  status?: number;
  /** The provider's own code, e.g. `context_length_exceeded`. */
  code?: string;
  /** The provider's `x-request-id`. */
  request_id?: string;
  /** How long the provider asks us to wait, in ms; any length. */
  retry_after_ms?: number;
  /** For logs: sanitised, at most 500 characters. Never for the public. */
  detail?: string;
  cause?: unknown;
}

export class UpstreamError extends Error {
  readonly kind: UpstreamKind;
  readonly status?: number;
  readonly code?: string;
  readonly request_id?: string;
  readonly retry_after_ms?: number;
  readonly detail?: string;

  constructor(kind: UpstreamKind, message: string, fields: UpstreamErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = 'UpstreamError';
    this.kind = kind;
    if (fields.status !== undefined) this.status = fields.status;
    if (fields.code !== undefined) this.code = fields.code;
    if (fields.request_id !== undefined) this.request_id = fields.request_id;
    if (fields.retry_after_ms !== undefined) this.retry_after_ms = fields.retry_after_ms;
    if (fields.detail !== undefined) this.detail = fields.detail;
  }
}
