// Which kind of failure the provider describes, from its status, type and code. A table; knows no SDK class.
import type { UpstreamKind } from './upstream-error.js';

/** What OpenAI's error bodies, `error` events and `response.error` have in common. */
export interface ProviderFault {
  /** Absent for faults inside a stream. */
  status?: number | undefined;
  type?: string | null | undefined;
  code?: string | null | undefined;
  message?: string | null | undefined;
  /** Whether the provider asked for a pause: it makes a 503 a matter of load. */
  pause_asked?: boolean;
}

const BY_CODE: Readonly<Record<string, UpstreamKind>> = {
  insufficient_quota: 'quota',
  credit_balance_exhausted: 'quota',
  organization_spend_limit_exceeded: 'quota',
  project_spend_limit_exceeded: 'quota',
  organization_usage_limit_exceeded: 'quota',
  billing_hard_limit_reached: 'quota',
  rate_limit_exceeded: 'rate_limit',
  slow_down: 'rate_limit',
  server_is_overloaded: 'overloaded',
  server_error: 'server',
  vector_store_timeout: 'server',
  conversation_locked: 'conversation_locked',
  context_length_exceeded: 'context_length',
  string_above_max_length: 'context_length',
  invalid_prompt: 'content_policy',
  bio_policy: 'content_policy',
  misalignment_policy_violation: 'content_policy',
  content_filter: 'content_policy',
  content_policy_violation: 'content_policy',
  invalid_api_key: 'auth',
  data_residency_mismatch: 'invalid_request',
  model_not_found: 'not_found',
};

const BY_TYPE: Readonly<Record<string, UpstreamKind>> = {
  insufficient_quota: 'quota',
  rate_limit_error: 'rate_limit',
  requests: 'rate_limit',
  tokens: 'rate_limit',
  server_error: 'server',
  service_unavailable_error: 'server',
  invalid_request_error: 'invalid_request',
};

/** What exceeds a minute's tokens by itself is told as a limit, but no waiting helps: "Request too large for … on tokens per min (TPM)". */
const TOO_LARGE = /^request too large\b/i;
/** Servers without codes say it in words only. */
const TOO_LONG = /maximum context length|context (?:window|length) (?:exceeded|of)/i;

export function upstreamKind(fault: ProviderFault): UpstreamKind {
  const known = lookUp(BY_CODE, fault.code) ?? lookUp(BY_TYPE, fault.type);
  if (known === 'quota') return known;
  const { status } = fault;
  // Inside a stream the words are all there is; an unknown one is the provider's own trouble.
  if (status === undefined)
    return known === 'rate_limit' && isTooLarge(fault) ? 'context_length' : (known ?? 'server');
  if (status === 401) return 'auth';
  // A project that may not use one model is no closed account: what one request names must not stop all others.
  if (status === 403) return lookUp(BY_CODE, fault.code) ?? 'auth';
  if (status === 429) return isTooLarge(fault) ? 'context_length' : 'rate_limit';
  if (status === 529) return 'overloaded';
  if (status === 503)
    return known === 'overloaded' || known === 'rate_limit' || fault.pause_asked ? 'overloaded' : 'server';
  if (status >= 500 || status === 409) return 'server';
  if (status === 408) return 'connection';
  if (status === 404) return 'not_found';
  const byCode = lookUp(BY_CODE, fault.code);
  if (byCode !== undefined) return byCode;
  return TOO_LONG.test(fault.message ?? '') ? 'context_length' : 'invalid_request';
}

const isTooLarge = ({ message }: ProviderFault): boolean => TOO_LARGE.test(message ?? '');

function lookUp(
  table: Readonly<Record<string, UpstreamKind>>,
  word: string | null | undefined,
): UpstreamKind | undefined {
  return typeof word === 'string' && Object.hasOwn(table, word) ? table[word] : undefined;
}
