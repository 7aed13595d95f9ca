// How one call to a model ended when it ended well. Failures are `UpstreamError`s, never outcomes.
import type { ResponseInputItem, ResponseOutputItem } from 'openai/resources/responses/responses';

/** Tokens; zero where the provider does not tell. `total_tokens` = input + output. */
export interface ModelUsage {
  input_tokens: number;
  /** Part of `input_tokens` read from the prompt cache. */
  cached_tokens: number;
  /** Part of `input_tokens` written to the prompt cache. */
  cache_write_tokens: number;
  output_tokens: number;
  /** Part of `output_tokens` spent on reasoning. */
  reasoning_tokens: number;
  total_tokens: number;
}

export interface ModelToolCall {
  call_id: string;
  name: string;
  /** JSON as the model wrote it: unchecked. */
  arguments: string;
}

export interface ModelOutcome {
  status: 'completed' | 'incomplete';
  /** With `incomplete`: `max_output_tokens`, `content_filter`, … in the provider's words. */
  incomplete_reason?: string;
  response_id?: string;
  /** The model that answered, as the provider names it. */
  model: string;
  /** Whole visible text: the concatenation of every `ModelSink.text` of this response. */
  text: string;
  refusal?: string;
  /** To be replayed as input of the next round and kept in the transcript. */
  items: (ResponseOutputItem | ResponseInputItem)[];
  tool_calls: ModelToolCall[];
  usage: ModelUsage;
  /** How it was bought, where not at the standard price: `batch` costs half. */
  tier?: 'batch';
  /** Of the last event seen; the cursor for `resume`. */
  sequence_number: number;
}
