// A plan → the chunks of one chat completion, and the whole object. Knows nothing of time or sockets.

import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';

import type { Plan } from '../answer/plan.js';
import { failure } from '../errors.js';
import { newId } from '../ids.js';
import type { Step } from '../pacing/generation.js';
import { AWAIT_FIRST, AWAIT_TOKEN } from '../pacing/generation.js';
import { obfuscation } from '../text/obfuscation.js';
import { countTokens, tokensOf } from '../text/tokens.js';
import type { ChatRequest } from './chat-request.js';

type Delta = ChatCompletionChunk.Choice.Delta;
type FinishReason = ChatCompletion.Choice['finish_reason'];

export class ChatSteps {
  readonly id = newId('chatcmpl-');
  private readonly head: string;
  private text: string | null = null;
  private outputTokens = 0;
  private readonly calls: { id: string; type: 'function'; function: { name: string; arguments: string } }[] =
    [];
  private deltas = 0;
  /** The answer ended in an error. */
  broken = false;

  /** @param created seconds since the epoch */
  constructor(
    private readonly request: ChatRequest,
    private readonly plan: Plan,
    private readonly created: number,
    private readonly promptTokens: number,
  ) {
    const fields = {
      id: this.id,
      object: 'chat.completion.chunk',
      created,
      model: request.model,
      service_tier: 'default',
      system_fingerprint: 'fp_emulator',
    };
    this.head = `data: ${JSON.stringify(fields).slice(0, -1)}`;
  }

  *steps(): Generator<Step, void> {
    const { plan, request } = this;
    yield AWAIT_FIRST;
    yield this.chunk(
      { role: 'assistant', content: plan.text === undefined ? null : '', refusal: null },
      null,
    );
    yield* this.message();
    for (const [index, call] of plan.calls.entries()) {
      if (!this.broken) yield* this.call(index, call.name, call.arguments);
    }
    if (this.broken || plan.breaks !== undefined) {
      this.broken = true;
      yield `data: ${JSON.stringify(failure('500', { code: plan.breaks?.code ?? 'server_error' }).body)}\n\n`;
      return;
    }
    yield this.chunk({}, this.finishReason);
    if (request.includeUsage) yield `${this.head},"choices":[],"usage":${JSON.stringify(this.usage())}}\n\n`;
    yield 'data: [DONE]\n\n';
  }

  /** A frame that no provider should send: a chunk behind `[DONE]`. */
  afterEnd(): string {
    return this.chunk({ content: 'late' }, null);
  }

  /** The answer to a request without `stream`, once the steps are through. */
  toObject(): ChatCompletion {
    const { plan, request } = this;
    return {
      id: this.id,
      object: 'chat.completion',
      created: this.created,
      model: request.model,
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: plan.refusal ? null : this.text,
            refusal: plan.refusal ? this.text : null,
            annotations: [],
            ...(this.calls.length > 0 ? { tool_calls: this.calls } : {}),
          },
          logprobs: null,
          finish_reason: this.finishReason,
        },
      ],
      usage: this.usage(),
      service_tier: 'default',
      system_fingerprint: 'fp_emulator',
    };
  }

  private *message(): Generator<Step, void> {
    const { plan } = this;
    const source = plan.text?.();
    if (source === undefined) return;
    const frame = this.deltaFrames(plan.refusal ? 'refusal' : 'content');
    const breakAfter = plan.breaks?.after ?? Infinity;
    while (source.hasNext()) {
      if (this.deltas >= breakAfter) {
        this.broken = true;
        return;
      }
      yield AWAIT_TOKEN;
      this.deltas += 1;
      yield frame(source.next());
    }
    this.text = source.sent();
    this.outputTokens += source.tokens();
  }

  private *call(index: number, name: string, args: string): Generator<Step, void> {
    const id = newId('call_');
    yield this.chunk(
      { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] },
      null,
    );
    const breakAfter = this.plan.breaks?.after ?? Infinity;
    for (const token of tokensOf(args)) {
      if (this.deltas >= breakAfter) {
        this.broken = true;
        return;
      }
      yield AWAIT_TOKEN;
      this.deltas += 1;
      yield this.chunk({ tool_calls: [{ index, function: { arguments: token } }] }, null);
    }
    this.calls.push({ id, type: 'function', function: { name, arguments: args } });
    this.outputTokens += countTokens(name) + countTokens(args);
  }

  private chunk(delta: Delta, finish_reason: ChatCompletionChunk.Choice['finish_reason']): string {
    const choice = JSON.stringify({ index: 0, delta, logprobs: null, finish_reason });
    return `${this.head},"choices":[${choice}]${this.request.includeUsage ? ',"usage":null' : ''}}\n\n`;
  }

  /** The short way for text: a frame from prepared strings. */
  private deltaFrames(field: 'content' | 'refusal'): (delta: string) => string {
    const { includeUsage, obfuscated } = this.request;
    const head = `${this.head},"choices":[{"index":0,"delta":{"${field}":`;
    const tail = `},"logprobs":null,"finish_reason":null}]${includeUsage ? ',"usage":null' : ''}`;
    return obfuscated
      ? (delta) => `${head}${JSON.stringify(delta)}${tail},"obfuscation":"${obfuscation(delta.length)}"}\n\n`
      : (delta) => `${head}${JSON.stringify(delta)}${tail}}\n\n`;
  }

  private get finishReason(): FinishReason {
    if (this.plan.incomplete === 'content_filter') return 'content_filter';
    if (this.plan.incomplete !== undefined) return 'length';
    return this.plan.calls.length > 0 ? 'tool_calls' : 'stop';
  }

  private usage(): CompletionUsage {
    const reasoning = this.plan.reasoning === undefined ? 0 : countTokens(this.plan.reasoning);
    const completion = this.outputTokens + reasoning;
    return {
      prompt_tokens: this.promptTokens,
      completion_tokens: completion,
      total_tokens: this.promptTokens + completion,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: {
        reasoning_tokens: reasoning,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    };
  }
}
