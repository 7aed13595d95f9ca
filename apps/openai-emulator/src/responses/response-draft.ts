// The response object while it grows, and its final form. Knows the object's shape, nothing of streams or storage.

import type { Response, ResponseOutputText } from 'openai/resources/responses/responses';

import type { Citation } from '../answer/quotes.js';
import { newId } from '../ids.js';
import { countTokens } from '../text/tokens.js';
import type { TextSource } from '../text/text-source.js';
import type { Item } from './item.js';
import type { ResponseRequest } from './response-request.js';

type Annotation = ResponseOutputText.FileCitation;
type Status = NonNullable<Response['status']>;

export class ResponseDraft {
  readonly id = newId('resp_');
  status: Status;
  readonly output: Item[] = [];
  error: { code: string; message: string } | null = null;
  incompleteReason: string | undefined;
  reasoningTokens = 0;
  private completedAt: number | null = null;
  /** The message being written: its item, and where its text comes from. */
  private writing:
    { item: Item; source: TextSource; refusal: boolean; citations: readonly Citation[] } | undefined;
  private finishedTokens = 0;

  constructor(
    readonly request: ResponseRequest,
    readonly createdAt: number,
    private readonly inputTokens: number,
  ) {
    this.status = request.background ? 'queued' : 'in_progress';
  }

  startMessage(item: Item, source: TextSource, refusal: boolean, citations: readonly Citation[]): void {
    this.output.push(item);
    this.writing = { item, source, refusal, citations };
  }

  /** Puts the text so far into the message and closes it. */
  endMessage(status: 'completed' | 'incomplete'): void {
    if (this.writing === undefined) return;
    const { item, source, refusal, citations } = this.writing;
    const text = source.sent();
    item['status'] = status;
    item['content'] = [
      refusal ? { type: 'refusal', refusal: text } : textPart(text, annotationsOf(text, citations)),
    ];
    this.finishedTokens += source.tokens();
    this.writing = undefined;
  }

  countCall(name: string, args: string): void {
    this.finishedTokens += countTokens(name) + countTokens(args);
  }

  /** The last state; an unfinished message keeps what was sent of it. */
  end(status: Status, nowSeconds: number): void {
    this.endMessage('incomplete');
    this.status = status;
    if (status === 'completed') this.completedAt = nowSeconds;
  }

  get ended(): boolean {
    return this.status !== 'queued' && this.status !== 'in_progress';
  }

  /** The object as OpenAI sends it. */
  toObject(): Response {
    const { body } = this.request;
    const outputTokens = this.finishedTokens + this.reasoningTokens;
    const object = {
      id: this.id,
      object: 'response',
      created_at: this.createdAt,
      status: this.status,
      background: this.request.background,
      completed_at: this.completedAt,
      error: this.error,
      incomplete_details: this.incompleteReason === undefined ? null : { reason: this.incompleteReason },
      instructions: body['instructions'] ?? null,
      max_output_tokens: body['max_output_tokens'] ?? null,
      max_tool_calls: body['max_tool_calls'] ?? null,
      model: this.request.model,
      output: this.output,
      parallel_tool_calls: body['parallel_tool_calls'] ?? true,
      previous_response_id: body['previous_response_id'] ?? null,
      conversation: this.request.conversationId === undefined ? null : { id: this.request.conversationId },
      prompt_cache_key: body['prompt_cache_key'] ?? null,
      reasoning: { effort: null, summary: null, ...(body['reasoning'] as object | undefined) },
      safety_identifier: body['safety_identifier'] ?? null,
      service_tier: this.ended ? 'default' : (body['service_tier'] ?? 'auto'),
      store: this.request.store,
      temperature: body['temperature'] ?? 1,
      text: { format: { type: 'text' }, verbosity: 'medium', ...(body['text'] as object | undefined) },
      tool_choice: body['tool_choice'] ?? 'auto',
      tools: body['tools'] ?? [],
      top_logprobs: body['top_logprobs'] ?? 0,
      top_p: body['top_p'] ?? 1,
      truncation: body['truncation'] ?? 'disabled',
      user: body['user'] ?? null,
      metadata: body['metadata'] ?? {},
      usage: this.ended
        ? {
            input_tokens: this.inputTokens,
            input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
            output_tokens: outputTokens,
            output_tokens_details: { reasoning_tokens: this.reasoningTokens },
            total_tokens: this.inputTokens + outputTokens,
          }
        : undefined,
    };
    // The SDK adds `output_text` itself; the wire does not carry it.
    return object as unknown as Response;
  }
}

export function textPart(text: string, annotations: readonly Annotation[] = []): Record<string, unknown> {
  return { type: 'output_text', text, annotations, logprobs: [] };
}

/** Those whose place has been written. */
export function annotationsOf(text: string, citations: readonly Citation[]): Annotation[] {
  return citations
    .filter(({ index }) => index <= text.length)
    .map((each) => ({ type: 'file_citation', ...each }));
}
