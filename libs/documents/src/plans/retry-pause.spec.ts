import { expect, test } from '@jest/globals';
import { UpstreamError, type UpstreamKind } from '#openai';
import { retryPause } from './retry-pause.js';

const error = (kind: UpstreamKind, retry_after_ms?: number): UpstreamError =>
  new UpstreamError(kind, 'x', retry_after_ms === undefined ? {} : { retry_after_ms });

test('waits 1, 2, 4 s and so on up to a minute, with up to a quarter more', () => {
  const pauses = (dice: number) =>
    [0, 1, 2, 5, 6, 60].map((failures) => retryPause(error('rate_limit'), failures, 100, () => dice));
  expect(pauses(0)).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
  expect(pauses(1)).toEqual([1_250, 2_500, 5_000, 40_000, 75_000, 75_000]);
});

test('waits as long as the provider asks, but not for longer than a minute here', () => {
  expect(retryPause(error('rate_limit', 7_000), 0, 3)).toBe(7_000);
  expect(retryPause(error('rate_limit', 61_000), 0, 3)).toBeUndefined();
});

test('asks only so often, and never where it cannot help', () => {
  expect(retryPause(error('server'), 3, 3)).toBeUndefined();
  for (const kind of ['auth', 'quota', 'invalid_request', 'content_policy', 'aborted'] as const)
    expect(retryPause(error(kind), 0, 3)).toBeUndefined();
});
