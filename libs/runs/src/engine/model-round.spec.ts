// What becomes of a provider's response that another worker left behind, when asking for it fails.
import { describe, expect, test } from '@jest/globals';
import { RunsConfig } from '#config';
import { Metrics } from '#telemetry';
import { UpstreamError, type ModelClients } from '#openai';
import type { ProviderGate } from '../worker/provider-gate.js';
import { UnnamedCalls } from '../worker/unnamed-calls.js';
import { Attempt } from '../worker/attempt.js';
import type { ClaimedRun } from '../run/run-record.js';
import type { Masking } from './masking.js';
import { ModelRound } from './model-round.js';

const run = {
  attempt: 2,
  keep: 0,
  text_length: 0,
  progress: '0',
  response: { id: 'resp_1', sequence: 3, at: Date.now() },
} as ClaimedRun;

/** Asks once for the stream, and for the final state where that is of use. */
async function recover(streamed: UpstreamError, polled = new UpstreamError('internal', 'not asked')) {
  const client = { resume: () => Promise.reject(streamed), poll: () => Promise.reject(polled) };
  const clients = { get: () => client } as unknown as ModelClients;
  const attempt = new Attempt(run, () => undefined, 60_000);
  try {
    return await new ModelRound(
      clients,
      {} as ProviderGate,
      new Metrics(),
      {} as Masking,
      new UnnamedCalls(new RunsConfig()),
    ).recover(attempt, '', 'gpt-6-luna');
  } finally {
    attempt.close();
  }
}

describe('a response that cannot be taken up', () => {
  test.each([
    ['it failed at the provider', new UpstreamError('server', 'failed in the stream')],
    ['it was limited in the middle', new UpstreamError('rate_limit', 'failed in the stream')],
  ])('%s: only a fresh request helps', async (_, error) => {
    expect(await recover(error)).toBeUndefined();
  });

  test.each([
    ['the provider is down', new UpstreamError('server', 'answered 500', { status: 500 })],
    ['the line broke', new UpstreamError('connection', 'no route')],
  ])('%s: it is asked for again later', async (_, error) => {
    await expect(recover(error)).rejects.toBe(error);
  });

  test('its stream is over and it failed: only a fresh request helps', async () => {
    const over = new UpstreamError('not_resumable', 'too old');
    expect(await recover(over, new UpstreamError('server', 'failed'))).toBeUndefined();
  });
});
