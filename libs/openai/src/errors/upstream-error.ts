// The one error of the provider side. Its message and code are safe to show; what the provider said is kept
// in `detail`, cleaned of keys and account ids, for logs only.
import { ParleyError, type ErrorCode } from '#contracts';

/** Each kind with the public code that it ends in when a run fails by it. */
export const UPSTREAM_KINDS = {
  /** Our own signal: a cancel, a deadline, a lost lease. */
  aborted: 'run_cancelled',
  timeout_first_output: 'run_timeout',
  timeout_idle: 'run_timeout',
  /** No answer: name lookup, refused, reset before the headers. */
  connection: 'upstream_unavailable',
  /** The body died or ended without a terminal event. */
  stream_cut: 'upstream_unavailable',
  /** An event is missing; a background response can be resumed. */
  sequence_gap: 'upstream_unavailable',
  /** Not the protocol: HTML, broken JSON or UTF-8, an oversized line. */
  malformed: 'upstream_unavailable',
  rate_limit: 'upstream_rate_limited',
  overloaded: 'upstream_unavailable',
  quota: 'upstream_account',
  auth: 'upstream_account',
  server: 'upstream_unavailable',
  conversation_locked: 'upstream_unavailable',
  context_length: 'context_too_long',
  content_policy: 'content_refused',
  invalid_request: 'upstream_rejected',
  not_found: 'upstream_not_found',
  /** A response that the provider will not stream or return any more. */
  not_resumable: 'upstream_unavailable',
  /** The provider ended the response as cancelled, unasked. */
  cancelled: 'upstream_unavailable',
  /** A fault of ours, such as a sink that throws. */
  internal: 'internal',
} as const satisfies Record<string, ErrorCode>;

export type UpstreamKind = keyof typeof UPSTREAM_KINDS;

export interface UpstreamErrorFields {
  /** HTTP status, where there was one. */
  status?: number;
  /** The provider's own code, e.g. `context_length_exceeded`. */
  upstream_code?: string;
  /** The provider's `x-request-id`. */
  request_id?: string;
  /** How long the provider asks us to wait, in ms; any length. */
  retry_after_ms?: number;
  /** For logs: sanitised, at most 500 characters. Never for the public. */
  detail?: string;
  cause?: unknown;
}

/** `code` (inherited) is Parley's public one; `upstream_code` is the provider's. */
export class UpstreamError extends ParleyError {
  readonly status?: number;
  readonly upstream_code?: string;
  readonly request_id?: string;
  readonly retry_after_ms?: number;
  readonly detail?: string;

  constructor(
    readonly kind: UpstreamKind,
    reason: string,
    fields: UpstreamErrorFields = {},
  ) {
    super(UPSTREAM_KINDS[kind], `unable to get an answer from the model; ${reason}`, {
      ...(fields.cause === undefined ? {} : { cause: fields.cause }),
      ...(fields.retry_after_ms === undefined ? {} : { retryAfterMs: fields.retry_after_ms }),
    });
    this.name = 'UpstreamError';
    if (fields.status !== undefined) this.status = fields.status;
    if (fields.upstream_code !== undefined) this.upstream_code = fields.upstream_code;
    if (fields.request_id !== undefined) this.request_id = fields.request_id;
    if (fields.retry_after_ms !== undefined) this.retry_after_ms = fields.retry_after_ms;
    if (fields.detail !== undefined) this.detail = fields.detail;
  }
}
