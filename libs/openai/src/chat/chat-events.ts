// Turns the chunks of one chat completion into calls of a sink and, at the end, an outcome in the Responses
// API's words. Chunks carry no numbers: they are counted as they come. Knows nothing of HTTP or bytes.
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { ResponseOutputItem } from 'openai/resources/responses/responses';
import { streamFault } from '../errors/to-upstream-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import type { ProviderFault } from '../errors/upstream-kind.js';
import type { ModelOutcome, ModelUsage } from '../model/model-outcome.js';
import type { ModelSink } from '../model/model-sink.js';
import type { LifeClock } from '../stream/life-clock.js';
import { parseEvent } from '../stream/parse-event.js';
import { ChatToolCalls } from './chat-tool-calls.js';

type Delta = ChatCompletionChunk.Choice.Delta;

export class ChatEvents {
  private sequence = -1;
  private id = '';
  private model = '';
  private text = '';
  private refusal = '';
  private finish: string | undefined;
  private usage: ChatCompletionChunk['usage'];
  private readonly calls = new ChatToolCalls();

  constructor(private readonly sink: ModelSink) {}

  /** Returns true for `[DONE]`. @throws UpstreamError */
  accept(data: string, clock: LifeClock): boolean {
    if (data === '[DONE]') {
      if (this.finish === undefined)
        throw new UpstreamError('stream_cut', 'the stream ended without a finish reason');
      return true;
    }
    const chunk = parseEvent(data) as unknown as ChatCompletionChunk & { error?: unknown };
    if (chunk.error) throw streamFault(chunk.error as ProviderFault);
    const sequence = ++this.sequence;
    if (sequence === 0) this.begin(chunk);
    if (chunk.usage) this.usage = chunk.usage;
    const choice = chunk.choices?.[0];
    const delta = choice?.delta;
    clock.alive(delta !== undefined && isOutput(delta));
    if (delta !== undefined) this.apply(delta, sequence);
    else this.sink.progress(sequence);
    if (choice?.finish_reason) this.finish = choice.finish_reason;
    return false;
  }

  /** Some servers close the stream without `[DONE]`; the finish reason is the end then. */
  complete(): boolean {
    return this.finish !== undefined;
  }

  /** Call after the end. */
  outcome(): ModelOutcome {
    const reason = incompleteReason(this.finish);
    return {
      status: reason === undefined ? 'completed' : 'incomplete',
      ...(reason === undefined ? {} : { incomplete_reason: reason }),
      ...(this.id === '' ? {} : { response_id: this.id }),
      model: this.model,
      text: this.text,
      ...(this.refusal === '' ? {} : { refusal: this.refusal }),
      items: this.items(),
      tool_calls: this.calls.all(),
      usage: toUsage(this.usage),
      sequence_number: this.sequence,
    };
  }

  private begin(chunk: ChatCompletionChunk): void {
    this.id = typeof chunk.id === 'string' ? chunk.id : '';
    this.model = typeof chunk.model === 'string' ? chunk.model : '';
    this.sink.created(this.id, 0);
  }

  private apply(delta: Delta, sequence: number): void {
    if (delta.content) {
      this.text += delta.content;
      this.sink.text(delta.content, sequence);
    } else this.sink.progress(sequence);
    if (delta.refusal) this.refusal += delta.refusal;
    for (const call of delta.tool_calls ?? []) this.calls.add(call);
  }

  private items(): ResponseOutputItem[] {
    const items: ResponseOutputItem[] = [];
    const status = incompleteReason(this.finish) === undefined ? 'completed' : 'incomplete';
    const content: Extract<ResponseOutputItem, { type: 'message' }>['content'] = [];
    if (this.text !== '') content.push({ type: 'output_text', text: this.text, annotations: [] });
    if (this.refusal !== '') content.push({ type: 'refusal', refusal: this.refusal });
    if (content.length > 0)
      items.push({ type: 'message', id: `msg_${this.id}`, role: 'assistant', status, content });
    for (const call of this.calls.all()) items.push({ type: 'function_call', ...call, status: 'completed' });
    return items;
  }
}

/** `reasoning_content` is how compatible servers show that the model thinks. */
function isOutput(delta: Delta & { reasoning_content?: string | null }): boolean {
  return Boolean(delta.content || delta.refusal || delta.tool_calls?.length || delta.reasoning_content);
}

function incompleteReason(finish: string | undefined): string | undefined {
  if (finish === 'length') return 'max_output_tokens';
  return finish === 'content_filter' ? 'content_filter' : undefined;
}

function toUsage(usage: ChatCompletionChunk['usage']): ModelUsage {
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
