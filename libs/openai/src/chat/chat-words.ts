// The words of chat completions in those of the Responses API, whether an answer was streamed or came whole. Pure.
import type { CompletionUsage } from 'openai/resources/completions';
import type { ResponseOutputItem } from 'openai/resources/responses/responses';
import type { ModelToolCall, ModelUsage } from '../model/model-outcome.js';

/** @returns undefined for an answer that is complete */
export function incompleteReason(finish: string | null | undefined): string | undefined {
  if (finish === 'length') return 'max_output_tokens';
  return finish === 'content_filter' ? 'content_filter' : undefined;
}

export function toChatUsage(usage: CompletionUsage | null | undefined): ModelUsage {
  const input_tokens = usage?.prompt_tokens ?? 0;
  const output_tokens = usage?.completion_tokens ?? 0;
  return {
    input_tokens,
    cached_tokens: usage?.prompt_tokens_details?.cached_tokens ?? 0,
    cache_write_tokens: usage?.prompt_tokens_details?.cache_write_tokens ?? 0,
    output_tokens,
    reasoning_tokens: usage?.completion_tokens_details?.reasoning_tokens ?? 0,
    total_tokens: usage?.total_tokens ?? input_tokens + output_tokens,
  };
}

interface Said {
  id: string;
  text: string;
  refusal: string;
  tool_calls: readonly ModelToolCall[];
  incomplete: boolean;
}

export function toChatItems({ id, text, refusal, tool_calls, incomplete }: Said): ResponseOutputItem[] {
  const items: ResponseOutputItem[] = [];
  const status = incomplete ? 'incomplete' : 'completed';
  const content: Extract<ResponseOutputItem, { type: 'message' }>['content'] = [];
  if (text !== '') content.push({ type: 'output_text', text, annotations: [] });
  if (refusal !== '') content.push({ type: 'refusal', refusal });
  if (content.length > 0)
    items.push({ type: 'message', id: `msg_${id}`, role: 'assistant', status, content });
  for (const call of tool_calls) items.push({ type: 'function_call', ...call, status: 'completed' });
  return items;
}
