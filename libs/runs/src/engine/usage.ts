// Tokens of a run: the sum over its rounds, and what the ledger is told of one.
import type { Usage } from '#contracts';
import type { ModelOutcome, ModelUsage } from '#openai';

export const NO_USAGE: Usage = {
  input_tokens: 0,
  output_tokens: 0,
  total_tokens: 0,
  cached_tokens: 0,
  reasoning_tokens: 0,
};

export function addUsage(sum: Usage, more: ModelUsage): Usage {
  return {
    input_tokens: sum.input_tokens + more.input_tokens,
    output_tokens: sum.output_tokens + more.output_tokens,
    total_tokens: sum.total_tokens + more.total_tokens,
    cached_tokens: (sum.cached_tokens ?? 0) + more.cached_tokens,
    reasoning_tokens: (sum.reasoning_tokens ?? 0) + more.reasoning_tokens,
  };
}

/** By what a settlement knows an answer and its cost. */
export const billed = ({ usage, response_id, tier: service_tier }: ModelOutcome) => ({
  usage,
  response_id,
  service_tier,
});
