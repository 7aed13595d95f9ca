import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { decideRetry, type RetryDecision } from './retry-decision.js';
import { UPSTREAM_KINDS, UpstreamError, type UpstreamKind } from './upstream-error.js';

const half = () => 0.5;
const of = (kind: UpstreamKind, retry_after_ms?: number) =>
  new UpstreamError(kind, 'test', retry_after_ms === undefined ? {} : { retry_after_ms });

describe('what follows a failure', () => {
  const ROWS: [
    kind: UpstreamKind,
    retry_after_ms: number | undefined,
    burn: number,
    expected: RetryDecision,
  ][] = [
    ['server', undefined, 0, { action: 'retry', delay_ms: 500, burn: 1, reason: 'server' }],
    ['server', undefined, 2, { action: 'retry', delay_ms: 2_000, burn: 1, reason: 'server' }],
    ['server', 7_200_000, 0, { action: 'retry', delay_ms: 7_200_000, burn: 1, reason: 'server' }],
    ['server', undefined, 3, { action: 'fail', code: 'upstream_unavailable' }],
    ['connection', undefined, 1, { action: 'retry', delay_ms: 1_000, burn: 1, reason: 'connection' }],
    ['stream_cut', undefined, 0, { action: 'retry', delay_ms: 500, burn: 1, reason: 'stream_cut' }],
    ['sequence_gap', undefined, 0, { action: 'retry', delay_ms: 500, burn: 1, reason: 'sequence_gap' }],
    ['malformed', undefined, 3, { action: 'fail', code: 'upstream_unavailable' }],
    ['timeout_idle', undefined, 0, { action: 'retry', delay_ms: 500, burn: 1, reason: 'timeout_idle' }],
    ['timeout_first_output', undefined, 3, { action: 'fail', code: 'run_timeout' }],
    ['rate_limit', undefined, 0, { action: 'park', delay_ms: 1_000, reason: 'throttle' }],
    ['rate_limit', 0, 0, { action: 'park', delay_ms: 0, reason: 'throttle' }],
    ['rate_limit', 90_000, 3, { action: 'park', delay_ms: 90_000, reason: 'throttle' }],
    ['overloaded', 1_000, 9, { action: 'park', delay_ms: 1_000, reason: 'throttle' }],
    ['quota', undefined, 0, { action: 'park', delay_ms: 60_000, reason: 'quota' }],
    ['quota', 1_000, 0, { action: 'park', delay_ms: 60_000, reason: 'quota' }],
    ['auth', 90_000, 0, { action: 'park', delay_ms: 90_000, reason: 'auth' }],
    ['auth', undefined, 9, { action: 'park', delay_ms: 60_000, reason: 'auth' }],
    [
      'conversation_locked',
      undefined,
      0,
      { action: 'retry', delay_ms: 1_250, burn: 1, reason: 'conversation_locked' },
    ],
    ['conversation_locked', undefined, 3, { action: 'fail', code: 'upstream_unavailable' }],
    ['not_resumable', undefined, 3, { action: 'retry', delay_ms: 0, burn: 0, reason: 'not_resumable' }],
    ['context_length', undefined, 0, { action: 'fail', code: 'context_too_long' }],
    ['content_policy', undefined, 0, { action: 'fail', code: 'content_refused' }],
    ['invalid_request', undefined, 0, { action: 'fail', code: 'upstream_rejected' }],
    ['not_found', undefined, 0, { action: 'fail', code: 'upstream_not_found' }],
    ['cancelled', undefined, 0, { action: 'fail', code: 'upstream_unavailable' }],
    ['aborted', undefined, 0, { action: 'fail', code: 'run_cancelled' }],
    ['internal', undefined, 0, { action: 'fail', code: 'internal' }],
  ];
  test.each(ROWS)('%s, pause %s, %i burnt', (kind, pause, burn, expected) => {
    expect(decideRetry(of(kind, pause), { burn, max_retries: 3, random: half })).toEqual(expected);
  });

  test('every kind has its row', () => {
    expect(new Set(ROWS.map(([kind]) => kind))).toEqual(new Set(Object.keys(UPSTREAM_KINDS)));
  });

  test('a key that stays throttled is asked more and more seldom', () => {
    const wait = (parked: number) =>
      decideRetry(of('rate_limit'), { burn: 0, max_retries: 3, parked, random: half }) as {
        delay_ms: number;
      };
    expect([0, 2, 4, 9].map((parked) => wait(parked).delay_ms)).toEqual([1_000, 2_000, 8_000, 30_000]);
  });

  test('what is refused again and again waits longer than it is told to, so that others get their turn', () => {
    const wait = (parked: number) =>
      decideRetry(of('rate_limit', 1_500), { burn: 0, max_retries: 3, parked, random: half });
    expect([0, 1, 2, 6].map(wait)).toMatchObject([
      { delay_ms: 1_500 },
      { delay_ms: 1_500 },
      { delay_ms: 2_000 },
      { delay_ms: 30_000 },
    ]);
  });

  test('however it fails, a request is never burnt past its bound, and no drawn wait exceeds 60 s', () => {
    const kinds = fc.array(fc.constantFrom(...(Object.keys(UPSTREAM_KINDS) as UpstreamKind[])), {
      maxLength: 50,
    });
    fc.assert(
      fc.property(
        kinds,
        fc.nat(8),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (list, max_retries, dice) => {
          let burn = 0;
          for (const kind of list) {
            const decision = decideRetry(of(kind), { burn, max_retries, random: () => dice });
            if (decision.action !== 'fail') expect(decision.delay_ms).toBeLessThanOrEqual(60_000);
            if (decision.action === 'retry') burn += decision.burn;
          }
          expect(burn).toBeLessThanOrEqual(max_retries);
        },
      ),
    );
  });
});
