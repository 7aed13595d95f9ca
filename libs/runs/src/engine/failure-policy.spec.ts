import { Logger } from '@nestjs/common';
import { describe, expect, test } from '@jest/globals';
import { CompletionsConfig, RunsConfig } from '#config';
import { UpstreamError } from '#openai';
import type { ClaimedRun } from '../run/run-record.js';
import type { Attempt } from '../worker/attempt.js';
import { FailurePolicy } from './failure-policy.js';

Logger.overrideLogger(false);

const limited = new UpstreamError('rate_limit', 'test', { retry_after_ms: 1_000 });

function judge(run: Partial<ClaimedRun>, outageSeconds = 120) {
  const completions = Object.assign(new CompletionsConfig(), { outageSeconds });
  const known = { attempt: 9, burn: 0, refused: 0, created: Date.now(), request: {}, ...run };
  return new FailurePolicy(new RunsConfig(), completions).judge({ run: known } as Attempt, limited);
}

describe('a request that the provider refuses for its limits', () => {
  const old = Date.now() - 120_001;

  test('waits as long as it was told to, and is noted as refused', () => {
    expect(judge({})).toEqual({
      next: 'release',
      delayMs: 1_000,
      burn: 0,
      reason: 'throttle',
      refused: 1,
    });
  });

  test('is answered with an error once it was refused again and again and its asker has waited enough', () => {
    expect(judge({ refused: 4, created: old })).toMatchObject({
      next: 'fail',
      code: 'upstream_rate_limited',
    });
  });

  test.each<[string, Partial<ClaimedRun>, number]>([
    ['was not refused often: others use the limit up', { refused: 3, created: old }, 120],
    ['has not waited long', { refused: 50 }, 120],
    [
      'is a message to an assistant, in the order of its channel',
      { refused: 50, created: old, request: undefined },
      120,
    ],
    ['is to wait as long as it takes', { refused: 50, created: old }, 0],
  ])('goes on waiting when it %s', (_, run, outageSeconds) => {
    expect(judge(run, outageSeconds)).toMatchObject({ next: 'release', burn: 0, refused: 1 });
  });
});
