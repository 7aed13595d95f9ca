// Translates whatever the SDK, the socket or the stream threw. The SDK's error object is not kept as a cause:
// it carries the provider's body and headers, which belong in no log.
import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { retryAfterMs } from './retry-after.js';
import { sanitise } from './sanitise.js';
import { UpstreamError, type UpstreamErrorFields } from './upstream-error.js';
import { upstreamKind, type ProviderFault } from './upstream-kind.js';

/**
 * Pure but for the clock, which an HTTP-date `Retry-After` needs. Never throws.
 * @param now wall clock in ms
 */
export function toUpstreamError(thrown: unknown, now: number = Date.now()): UpstreamError {
  if (thrown instanceof UpstreamError) return thrown;
  if (thrown instanceof APIUserAbortError) return new UpstreamError('aborted', 'the call was aborted');
  if (thrown instanceof APIConnectionTimeoutError)
    return new UpstreamError('connection', 'the provider did not answer in time', { cause: thrown.cause });
  if (thrown instanceof APIConnectionError)
    return new UpstreamError('connection', 'the provider could not be reached', transport(thrown.cause));
  if (thrown instanceof APIError) return fromApi(thrown, now);
  if (isAbort(thrown)) return new UpstreamError('aborted', 'the call was aborted');
  // The SDK parses plain answers itself; the parser's message quotes the body.
  if (thrown instanceof SyntaxError) return new UpstreamError('malformed', 'the answer is not valid JSON');
  const fields = transport(thrown);
  if (fields.detail === undefined) return new UpstreamError('internal', 'unexpected error', fields);
  return new UpstreamError('connection', 'the connection failed', fields);
}

/** A fault told inside a stream: a bare `error` event, or `response.error` of a failed response. */
export function streamFault(fault: ProviderFault | null | undefined): UpstreamError {
  const fields: UpstreamErrorFields = { ...said(fault?.code, fault?.message) };
  return new UpstreamError(
    upstreamKind(fault ?? {}),
    'the provider reported a failure in the stream',
    fields,
  );
}

function fromApi(error: APIError, now: number): UpstreamError {
  const headers = error.headers as Headers | undefined;
  const retry_after_ms = retryAfterMs(headers, now);
  const { status, code, type } = error;
  const message = (error.error as { message?: unknown } | undefined)?.message;
  const kind = upstreamKind({
    status,
    code,
    type,
    message: typeof message === 'string' ? message : null,
    pause_asked: retry_after_ms !== undefined,
  });
  return new UpstreamError(
    kind,
    status === undefined ? 'the provider reported a failure' : `the provider answered ${status}`,
    {
      ...said(code, message),
      ...(status === undefined ? {} : { status }),
      ...(typeof error.requestID === 'string' ? { request_id: error.requestID } : {}),
      ...(retry_after_ms === undefined ? {} : { retry_after_ms }),
    },
  );
}

function said(code: unknown, message: unknown): UpstreamErrorFields {
  const upstream_code = sanitise(code)?.slice(0, 100);
  const detail = sanitise(message);
  return { ...(upstream_code ? { upstream_code } : {}), ...(detail ? { detail } : {}) };
}

function transport(cause: unknown): UpstreamErrorFields {
  const code = (cause as { code?: unknown } | null | undefined)?.code;
  return { cause, ...(typeof code === 'string' ? { detail: code } : {}) };
}

function isAbort(thrown: unknown): boolean {
  const { name, code } = (thrown ?? {}) as { name?: unknown; code?: unknown };
  return name === 'AbortError' || code === 'UND_ERR_ABORTED';
}
