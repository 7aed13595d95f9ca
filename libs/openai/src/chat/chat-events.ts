// Turns the chunks of one chat completion into calls of a sink and, at the end, an outcome in the Responses
// API's words. Chunks carry no numbers: they are counted as they come. Knows nothing of HTTP or bytes.
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { streamFault } from '../errors/to-upstream-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import type { ProviderFault } from '../errors/upstream-kind.js';
import type { ModelOutcome } from '../model/model-outcome.js';
import type { ModelSink } from '../model/model-sink.js';
import type { LifeClock } from '../stream/life-clock.js';
import { parseEvent } from '../stream/parse-event.js';
import { ChatToolCalls } from './chat-tool-calls.js';
import { incompleteReason, toChatItems, toChatUsage } from './chat-words.js';

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
    const incomplete = reason !== undefined;
    const tool_calls = this.calls.all();
    return {
      status: reason === undefined ? 'completed' : 'incomplete',
      ...(reason === undefined ? {} : { incomplete_reason: reason }),
      ...(this.id === '' ? {} : { response_id: this.id }),
      model: this.model,
      text: this.text,
      ...(this.refusal === '' ? {} : { refusal: this.refusal }),
      items: toChatItems({ id: this.id, text: this.text, refusal: this.refusal, tool_calls, incomplete }),
      tool_calls,
      usage: toChatUsage(this.usage),
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
}

/** `reasoning_content` is how compatible servers show that the model thinks. */
function isOutput(delta: Delta & { reasoning_content?: string | null }): boolean {
  return Boolean(delta.content || delta.refusal || delta.tool_calls?.length || delta.reasoning_content);
}
