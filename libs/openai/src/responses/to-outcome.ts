// A terminal Response object as a ModelOutcome, or as the error that it is. Pure.
import type { Response, ResponseOutputItem, ResponseUsage } from 'openai/resources/responses/responses';
import { streamFault } from '../errors/to-upstream-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import type { ModelOutcome, ModelToolCall, ModelUsage } from '../model/model-outcome.js';

/** Between two message items of one response, live and in the final text. */
export const BETWEEN_MESSAGES = '\n\n';

/** @throws UpstreamError for `failed`, `cancelled` and any status that is not an end */
export function toOutcome(response: Response, sequence_number: number): ModelOutcome {
  const { status } = response;
  if (status === 'failed') throw streamFault(response.error);
  if (status === 'cancelled') throw new UpstreamError('cancelled', 'the provider cancelled the response');
  if (status !== 'completed' && status !== 'incomplete')
    throw new UpstreamError('malformed', 'the terminal event carries no final response');
  const items = response.output ?? [];
  const refusal = refusalOf(items);
  const reason = response.incomplete_details?.reason;
  return {
    status,
    ...(status === 'incomplete' ? { incomplete_reason: reason ?? 'unknown' } : {}),
    response_id: response.id,
    model: response.model,
    text: textOf(items),
    ...(refusal === '' ? {} : { refusal }),
    items,
    tool_calls: toolCallsOf(items),
    usage: toUsage(response.usage),
    sequence_number,
  };
}

export function textOf(items: readonly ResponseOutputItem[]): string {
  let text = '';
  for (const item of items) {
    if (item.type !== 'message') continue;
    if (text !== '') text += BETWEEN_MESSAGES;
    for (const part of item.content) if (part.type === 'output_text') text += part.text;
  }
  return text;
}

export function refusalOf(items: readonly ResponseOutputItem[]): string {
  let refusal = '';
  for (const item of items) {
    if (item.type !== 'message') continue;
    for (const part of item.content) if (part.type === 'refusal') refusal += part.refusal;
  }
  return refusal;
}

export function toolCallsOf(items: readonly ResponseOutputItem[]): ModelToolCall[] {
  return items
    .filter((item) => item.type === 'function_call')
    .map((item) => ({ call_id: item.call_id, name: item.name, arguments: item.arguments }));
}

function toUsage(usage: ResponseUsage | null | undefined): ModelUsage {
  const input_tokens = usage?.input_tokens ?? 0;
  const output_tokens = usage?.output_tokens ?? 0;
  return {
    input_tokens,
    cached_tokens: usage?.input_tokens_details?.cached_tokens ?? 0,
    cache_write_tokens: usage?.input_tokens_details?.cache_write_tokens ?? 0,
    output_tokens,
    reasoning_tokens: usage?.output_tokens_details?.reasoning_tokens ?? 0,
    total_tokens: usage?.total_tokens ?? input_tokens + output_tokens,
  };
}
