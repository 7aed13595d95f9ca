// The one error class and its finite codes. A code says everything a door needs to answer: HTTP status,
// public text, and whether trying again can help. Details for operators travel in `cause`, never outward.

/** What the sender of a request can do about an error. */
export type Recovery = 'fix_request' | 'retry_later' | 'none';

interface ErrorSpec {
  /** HTTP status of the REST door; the other doors carry the code itself. */
  http: number;
  /** The only text that leaves the system. */
  text: string;
  recovery: Recovery;
}

const spec = (http: number, recovery: Recovery, text: string): ErrorSpec => ({ http, recovery, text });

export const ERRORS = {
  // what was sent
  invalid_json: spec(400, 'fix_request', 'The body is not valid JSON.'),
  invalid_encoding: spec(400, 'fix_request', 'The text is not valid UTF-8, or holds control characters.'),
  invalid_request: spec(400, 'fix_request', 'The request is not valid.'),
  too_complex: spec(400, 'fix_request', 'The JSON is nested too deeply or has too many members.'),
  too_large: spec(413, 'fix_request', 'The message is too large.'),
  unsupported_media_type: spec(415, 'fix_request', 'The content type is not supported.'),
  unknown_action: spec(400, 'fix_request', 'The action is not known.'),
  message_id_conflict: spec(409, 'fix_request', 'This message_id was used before with another body.'),
  version_conflict: spec(409, 'fix_request', 'It was changed meanwhile; read it again.'),
  thread_exists: spec(409, 'fix_request', 'The channel has a conversation already.'),
  invalid_cursor: spec(400, 'fix_request', 'The cursor is not valid.'),
  // who asks
  unauthorized: spec(401, 'fix_request', 'Authentication is required.'),
  forbidden: spec(403, 'none', 'This is not permitted.'),
  not_found: spec(404, 'none', 'There is no such thing.'),
  erased: spec(410, 'none', 'It was erased.'),
  // how much
  rate_limited: spec(429, 'retry_later', 'Too many requests.'),
  channel_backlog_full: spec(429, 'retry_later', 'Too many messages wait in this channel.'),
  busy: spec(503, 'retry_later', 'The service is at its limit; try again later.'),
  state_unavailable: spec(503, 'retry_later', 'The service cannot reach its state; try again later.'),
  storage_unavailable: spec(503, 'retry_later', 'The service cannot reach its storage; try again later.'),
  slow_consumer: spec(
    408,
    'retry_later',
    'The connection does not read fast enough; resume from the last cursor.',
  ),
  // how a run ended
  already_finished: spec(409, 'none', 'The run has ended already.'),
  run_cancelled: spec(499, 'none', 'The message was cancelled.'),
  run_timeout: spec(504, 'retry_later', 'The answer took too long. Please try again.'),
  deadline_exceeded: spec(504, 'none', 'The answer was not ready by its deadline.'),
  token_limit_reached: spec(429, 'retry_later', 'The limit of tokens for today is used up.'),
  budget_exhausted: spec(429, 'retry_later', 'The budget is used up.'),
  upstream_rate_limited: spec(
    429,
    'retry_later',
    'Too many requests at the moment. Please try again in a little while.',
  ),
  upstream_unavailable: spec(
    502,
    'retry_later',
    'The connection to the AI service failed. Please try again.',
  ),
  upstream_rejected: spec(502, 'none', 'The AI service did not accept this request.'),
  upstream_not_found: spec(502, 'none', 'A resource that this conversation needs was not found.'),
  upstream_account: spec(502, 'none', 'The AI service is not available for this installation.'),
  content_refused: spec(422, 'none', 'The content was refused.'),
  answer_invalid: spec(502, 'retry_later', 'The AI service gave an answer that cannot be used.'),
  vcon_invalid: spec(422, 'fix_request', 'This is not a valid vCon.'),
  content_gone: spec(410, 'none', 'Its content is not here any more.'),
  upload_failed: spec(502, 'retry_later', 'The file could not be uploaded to the AI service.'),
  vector_store_failed: spec(502, 'retry_later', 'The vector store at the AI service could not be used.'),
  upstream_authentication: spec(
    502,
    'none',
    'The AI service did not accept the credentials of this installation.',
  ),
  context_too_long: spec(422, 'fix_request', 'The conversation is too long for the model.'),
  tool_rounds_exceeded: spec(502, 'none', 'The assistant used its tools too many times without an answer.'),
  worker_crash_loop: spec(500, 'none', 'The message could not be processed.'),
  internal: spec(500, 'retry_later', 'Something went wrong.'),
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * Everything Parley throws on purpose. `message` is `unable to <operation>; <reason>` and is for logs;
 * the outside sees only {@link publicText} and, for bad input, {@link details}.
 */
export class ParleyError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown; details?: readonly string[]; retryAfterMs?: number },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ParleyError';
    this.details = options?.details ?? [];
    this.retryAfterMs = options?.retryAfterMs;
  }

  /** Faults found in the sender's own input, safe to show to the sender: property paths and rules, no values. */
  readonly details: readonly string[];
  /** Milliseconds after which trying again makes sense, when known. */
  readonly retryAfterMs: number | undefined;

  get publicText(): string {
    return ERRORS[this.code].text;
  }

  get httpStatus(): number {
    return ERRORS[this.code].http;
  }

  get recovery(): Recovery {
    return ERRORS[this.code].recovery;
  }
}

/** Any thrown thing as a ParleyError; what is not ours becomes `internal` with the original as cause. */
export function toParleyError(error: unknown): ParleyError {
  if (error instanceof ParleyError) return error;
  return new ParleyError('internal', 'unable to go on; unexpected error', { cause: error });
}
