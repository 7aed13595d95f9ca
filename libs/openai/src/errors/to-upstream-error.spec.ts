import { describe, expect, test } from '@jest/globals';
import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { streamFault, toUpstreamError } from './to-upstream-error.js';
import type { UpstreamKind } from './upstream-error.js';

const NOW = Date.UTC(2026, 10, 21, 12);

interface Fault {
  type?: string;
  code?: string | null;
  message?: string;
}
const answered = (status: number, fault: Fault = {}, headers: Record<string, string> = {}) =>
  toUpstreamError(APIError.generate(status, { error: fault }, undefined, new Headers(headers)), NOW);

describe('an answered error', () => {
  const ROWS: [
    status: number,
    fault: Fault,
    headers: Record<string, string>,
    kind: UpstreamKind,
    code: string,
  ][] = [
    [
      429,
      { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
      {},
      'rate_limit',
      'upstream_rate_limited',
    ],
    [429, { type: 'requests', code: null }, {}, 'rate_limit', 'upstream_rate_limited'],
    [429, { type: 'tokens', code: null }, {}, 'rate_limit', 'upstream_rate_limited'],
    [429, { type: 'rate_limit_error', code: 'slow_down' }, {}, 'rate_limit', 'upstream_rate_limited'],
    [429, {}, {}, 'rate_limit', 'upstream_rate_limited'],
    [
      429,
      {
        type: 'tokens',
        code: 'rate_limit_exceeded',
        message: 'Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 53015.',
      },
      {},
      'context_length',
      'context_too_long',
    ],
    [429, { type: 'insufficient_quota', code: 'credit_balance_exhausted' }, {}, 'quota', 'upstream_account'],
    [
      429,
      { type: 'insufficient_quota', code: 'organization_spend_limit_exceeded' },
      {},
      'quota',
      'upstream_account',
    ],
    [
      429,
      { type: 'insufficient_quota', code: 'project_spend_limit_exceeded' },
      {},
      'quota',
      'upstream_account',
    ],
    [
      429,
      { type: 'insufficient_quota', code: 'organization_usage_limit_exceeded' },
      {},
      'quota',
      'upstream_account',
    ],
    [429, { code: 'insufficient_quota' }, {}, 'quota', 'upstream_account'],
    [429, { type: 'insufficient_quota' }, {}, 'quota', 'upstream_account'],
    [
      400,
      { type: 'invalid_request_error', code: 'context_length_exceeded' },
      {},
      'context_length',
      'context_too_long',
    ],
    [
      400,
      { message: "This model's maximum context length is 8192 tokens" },
      {},
      'context_length',
      'context_too_long',
    ],
    [
      400,
      { type: 'invalid_request_error', code: 'conversation_locked' },
      {},
      'conversation_locked',
      'upstream_unavailable',
    ],
    [
      400,
      { type: 'invalid_request_error', code: 'unsupported_parameter' },
      {},
      'invalid_request',
      'upstream_rejected',
    ],
    [400, { type: 'invalid_request_error', code: 'invalid_prompt' }, {}, 'content_policy', 'content_refused'],
    [400, {}, {}, 'invalid_request', 'upstream_rejected'],
    [401, { type: 'invalid_request_error', code: 'invalid_api_key' }, {}, 'auth', 'upstream_account'],
    [403, { code: 'unsupported_country_region_territory' }, {}, 'auth', 'upstream_account'],
    [403, { code: 'model_not_found' }, {}, 'not_found', 'upstream_not_found'],
    [404, { type: 'invalid_request_error', code: 'model_not_found' }, {}, 'not_found', 'upstream_not_found'],
    [404, {}, {}, 'not_found', 'upstream_not_found'],
    [408, {}, {}, 'connection', 'upstream_unavailable'],
    [409, {}, {}, 'server', 'upstream_unavailable'],
    [413, {}, {}, 'invalid_request', 'upstream_rejected'],
    [422, {}, {}, 'invalid_request', 'upstream_rejected'],
    [500, { type: 'server_error' }, {}, 'server', 'upstream_unavailable'],
    [502, {}, {}, 'server', 'upstream_unavailable'],
    [503, { type: 'service_unavailable_error' }, {}, 'server', 'upstream_unavailable'],
    [
      503,
      { type: 'service_unavailable_error', code: 'server_is_overloaded' },
      {},
      'overloaded',
      'upstream_unavailable',
    ],
    [503, { code: 'slow_down' }, {}, 'overloaded', 'upstream_unavailable'],
    [503, {}, { 'retry-after': '5' }, 'overloaded', 'upstream_unavailable'],
    [504, {}, {}, 'server', 'upstream_unavailable'],
    [529, {}, {}, 'overloaded', 'upstream_unavailable'],
    [307, {}, {}, 'invalid_request', 'upstream_rejected'],
    [418, { code: 'toString' }, {}, 'invalid_request', 'upstream_rejected'],
  ];
  test.each(ROWS)('%i %j %j is %s', (status, fault, headers, kind, code) => {
    expect(answered(status, fault, headers)).toMatchObject({ kind, code, status });
  });

  const PAUSES: [headers: Record<string, string>, ms: number | undefined][] = [
    [{}, undefined],
    [{ 'retry-after': '1' }, 1_000],
    [{ 'retry-after': '0.2' }, 200],
    [{ 'retry-after': '86400' }, 86_400_000],
    [{ 'retry-after': 'Sat, 21 Nov 2026 12:02:00 GMT' }, 120_000],
    [{ 'retry-after': 'Sat, 21 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': '9'.repeat(400) }, 2_592_000_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }, 360_000],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '62.5s' }, 62_500],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '17ms' }, 17],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1h2m3s' }, 3_723_000],
    [{ 'x-ratelimit-remaining-tokens': '12', 'x-ratelimit-reset-tokens': '1s' }, undefined],
    [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': 'x' }, undefined],
  ];
  test.each(PAUSES)('%j asks for a pause of %s ms', (headers, ms) => {
    expect(answered(429, {}, headers).retry_after_ms).toBe(ms);
  });

  test('keeps the request id, and what was said only in cleaned words', () => {
    const message =
      'Incorrect API key provided: sk-proj-abc***xyz of org-AbCd1234 (proj_9f8e7d6c), Bearer eyJhb.x for a.b@example.com\n{"level":50}';
    const error = answered(401, { message, code: 'invalid_api_key' }, { 'x-request-id': 'req_7' });
    expect(error).toMatchObject({ request_id: 'req_7', upstream_code: 'invalid_api_key' });
    expect(error.detail).toBe(
      'Incorrect API key provided: [key] of [account] ([account]), Bearer [key] for [mail] {"level":50}',
    );
    expect(error.cause).toBeUndefined();
    expect(`${error.message} ${error.publicText}`).not.toMatch(/sk-|org-|proj_/);
  });

  test('long quotations may be content and are blanked, long words are cut', () => {
    const error = answered(400, {
      message: `Invalid value: '${'my secret story '.repeat(9)}' for 'temperature'. ${'y'.repeat(900)}`,
    });
    expect(error.detail).toMatch(/^Invalid value: '…' for 'temperature'\. y+…$/);
    expect(error.detail!.length).toBeLessThanOrEqual(500);
  });
});

describe('anything else that is thrown', () => {
  const coded = (code: string) => Object.assign(new Error('socket'), { code });
  const ROWS: [what: string, thrown: unknown, kind: UpstreamKind][] = [
    ['an abort by the caller', new APIUserAbortError(), 'aborted'],
    ['an abort of the socket', new DOMException('This operation was aborted', 'AbortError'), 'aborted'],
    ['an abort in undici', coded('UND_ERR_ABORTED'), 'aborted'],
    ['a connection error', new APIConnectionError({ cause: coded('ECONNRESET') }), 'connection'],
    ['a connection time-out', new APIConnectionTimeoutError(), 'connection'],
    ['a raw socket error', coded('UND_ERR_SOCKET'), 'connection'],
    ['an answer that is not JSON', new SyntaxError('Unexpected token secret'), 'malformed'],
    ['a fault of ours', new TypeError('x is not a function'), 'internal'],
    ['no error at all', undefined, 'internal'],
  ];
  test.each(ROWS)('%s', (_, thrown, kind) => {
    expect(toUpstreamError(thrown)).toMatchObject({ kind });
  });

  test('an error of ours passes unchanged', () => {
    const error = streamFault({ code: 'server_error' });
    expect(toUpstreamError(error)).toBe(error);
  });
});

describe('a failure told inside a stream', () => {
  const ROWS: [code: string | null, kind: UpstreamKind][] = [
    ['server_error', 'server'],
    ['rate_limit_exceeded', 'rate_limit'],
    ['insufficient_quota', 'quota'],
    ['server_is_overloaded', 'overloaded'],
    ['context_length_exceeded', 'context_length'],
    ['invalid_prompt', 'content_policy'],
    ['bio_policy', 'content_policy'],
    ['misalignment_policy_violation', 'content_policy'],
    ['data_residency_mismatch', 'invalid_request'],
    ['vector_store_timeout', 'server'],
    ['something_new', 'server'],
    [null, 'server'],
  ];
  test.each(ROWS)('%s is %s', (code, kind) => {
    expect(streamFault({ code, message: 'x' }).kind).toBe(kind);
  });
  test('tells neither keys and accounts nor hosts and stacks', () => {
    const message = [
      'Key sk-proj-****tail of org-Abcdef12 at https://api.internal:8443/v1 (10.1.2.3:443, [fd00::1]:443,',
      'node-7.cluster.local:8080) failed: Error: no\n    at call (/srv/app/main.js:3:7)\n    at async next (x)',
    ].join(' ');
    expect(streamFault({ code: 'server_error', message }).detail).toBe(
      'Key [key] of [account] at [url] ([host], [host], [host]) failed: Error: no [stack]',
    );
    const python = 'Boom Traceback (most recent call last):\n  File "/srv/app.py", line 3';
    expect(streamFault({ message: python }).detail).toBe('Boom [stack]');
  });
  test('no words at all', () => {
    expect(streamFault(null).kind).toBe('server');
  });
});
