import { expect, test } from '@jest/globals';
import type { KafkaReplyAddress, RunEnded } from '#contracts';
import { toGptResponse } from './to-gpt-response.js';

const reply = { kind: 'kafka', topic: 'gpt-response', key: 'k', echo: {} } as KafkaReplyAddress;
const usage = { input_tokens: 5, output_tokens: 2, total_tokens: 7 };
const failed = (more: object) =>
  ({ type: 'run.failed', at: 0, took_ms: 1_500, thread_id: null, error: 'no', ...more }) as RunEnded;
const valueOf = (end: RunEnded): unknown =>
  (JSON.parse(String(toGptResponse(reply, end).value)) as { value: unknown }).value;

test.each([
  ['a refusal, which was billed', { code: 'content_refused', model: 'gpt-4.1', usage }, 'gpt-4.1', [5, 2, 7]],
  ['a failure without an answer', { code: 'upstream_unavailable' }, null, [0, 0, 0]],
])('%s says what the provider said of usage', (_what, more, model, [prompt, completion, total]) => {
  expect(valueOf(failed(more))).toMatchObject({
    model,
    usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total },
    finish_reason: 'error',
    error: more.code,
    processing_time: 1.5,
  });
});
