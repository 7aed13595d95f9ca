// What one call's end says about the provider's health. Pure.
import type { UpstreamError } from '../errors/upstream-error.js';
import type { CircuitEvent } from './circuit-policy.js';

/** `undefined` for ends that say nothing: our own abort, a response out of reach, a busy conversation. */
export function toCircuitEvent(error: UpstreamError | undefined): CircuitEvent | undefined {
  if (error === undefined) return { type: 'success' };
  const { kind, retry_after_ms } = error;
  switch (kind) {
    case 'quota':
    case 'auth':
      return { type: 'refused', reason: kind, ...(retry_after_ms === undefined ? {} : { retry_after_ms }) };
    case 'rate_limit':
    case 'overloaded':
      return retry_after_ms === undefined
        ? { type: 'failure' }
        : { type: 'refused', reason: 'throttle', retry_after_ms };
    case 'timeout_first_output':
    case 'timeout_idle':
    case 'connection':
    case 'stream_cut':
    case 'malformed':
    case 'server':
      return { type: 'failure' };
    // The provider is well: it answered, and said no to this request alone.
    case 'context_length':
    case 'content_policy':
    case 'invalid_request':
    case 'not_found':
      return { type: 'success' };
    case 'aborted':
    case 'cancelled':
    case 'internal':
    case 'conversation_locked':
    case 'not_resumable':
    case 'sequence_gap':
      return undefined;
    default:
      return kind satisfies never;
  }
}
