// A plan → the events of one response in OpenAI's order. Changes the draft as it goes; knows nothing of time or sockets.

import type { ResponseOutputItem, ResponseOutputText } from 'openai/resources/responses/responses';

import type { Plan } from '../answer/plan.js';
import { newId } from '../ids.js';
import type { Step } from '../pacing/generation.js';
import { AWAIT_FIRST, AWAIT_TOKEN } from '../pacing/generation.js';
import { countTokens, tokensOf } from '../text/tokens.js';
import { encryptReasoning } from './encrypted.js';
import type { EventFramer } from './event-framer.js';
import type { Item } from './item.js';
import type { ResponseDraft } from './response-draft.js';
import { annotationsOf, textPart } from './response-draft.js';
import { searchSteps } from './search-steps.js';

type SnapshotType =
  `response.${'created' | 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed'}`;

export class ResponseSteps {
  private deltas = 0;
  private broken = false;

  /** @param seconds the time now, for `completed_at` */
  constructor(
    private readonly draft: ResponseDraft,
    private readonly plan: Plan,
    private readonly framer: EventFramer,
    private readonly seconds: () => number,
  ) {}

  *steps(): Generator<Step, void> {
    const { draft, plan, framer } = this;
    yield framer.frame({ type: 'response.created', response: draft.toObject() });
    if (draft.status === 'queued')
      yield framer.frame({ type: 'response.queued', response: draft.toObject() });
    draft.status = 'in_progress';
    yield framer.frame({ type: 'response.in_progress', response: draft.toObject() });
    yield AWAIT_FIRST;
    if (plan.reasoning !== undefined) yield* this.reasoning(plan.reasoning);
    if (plan.search !== undefined) yield* searchSteps(plan.search, draft, framer);
    yield* this.message();
    for (const call of plan.calls) {
      if (!this.broken) yield* this.call(call.name, call.arguments);
    }
    if (this.broken || plan.breaks !== undefined) yield this.break();
    else yield this.finish();
  }

  /** Frames that no provider should send: an event behind the terminal one. */
  afterEnd(): string {
    return (
      this.framer.frame({
        type: 'response.output_text.delta',
        item_id: 'msg_late',
        output_index: 0,
        content_index: 0,
        delta: 'late',
        logprobs: [],
      }) + this.snapshot('response.completed')
    );
  }

  private *reasoning(text: string): Generator<Step, void> {
    const { draft, framer } = this;
    const output_index = draft.output.length;
    const item: Item = { id: newId('rs_'), type: 'reasoning', summary: [] };
    draft.output.push(item);
    draft.reasoningTokens = countTokens(text);
    yield framer.frame({ type: 'response.output_item.added', output_index, item: asOutput(item) });
    if (draft.request.reasoningSummary) {
      const place = { item_id: item.id, output_index, summary_index: 0 };
      yield framer.frame({
        type: 'response.reasoning_summary_part.added',
        ...place,
        part: { type: 'summary_text', text: '' },
      });
      const frame = framer.deltas('response.reasoning_summary_text.delta', place);
      for (const token of tokensOf(text)) {
        yield AWAIT_TOKEN;
        yield frame(token);
      }
      yield framer.frame({ type: 'response.reasoning_summary_text.done', ...place, text });
      const part = { type: 'summary_text' as const, text };
      yield framer.frame({ type: 'response.reasoning_summary_part.done', ...place, part });
      item['summary'] = [part];
    }
    if (draft.request.encryptedReasoning) item['encrypted_content'] = encryptReasoning(item.id, text);
    yield framer.frame({ type: 'response.output_item.done', output_index, item: asOutput(item) });
  }

  private *message(): Generator<Step, void> {
    const { draft, plan, framer } = this;
    const source = plan.text?.();
    if (source === undefined) return;
    const output_index = draft.output.length;
    const item: Item = {
      id: newId('msg_'),
      type: 'message',
      status: 'in_progress',
      role: 'assistant',
      content: [],
    };
    draft.startMessage(item, source, plan.refusal, plan.citations);
    const place = { item_id: item.id, output_index, content_index: 0 };
    yield framer.frame({ type: 'response.output_item.added', output_index, item: asOutput(item) });
    const part = (text: string) =>
      (plan.refusal
        ? { type: 'refusal', refusal: text }
        : textPart(text, annotationsOf(text, plan.citations))) as unknown as ResponseOutputText;
    yield framer.frame({ type: 'response.content_part.added', ...place, part: part('') });
    const frame = framer.deltas(
      plan.refusal ? 'response.refusal.delta' : 'response.output_text.delta',
      place,
    );
    const breakAfter = plan.breaks?.after ?? Infinity;
    while (source.hasNext()) {
      if (this.deltas >= breakAfter) {
        this.broken = true;
        return;
      }
      yield AWAIT_TOKEN;
      this.deltas += 1;
      // Taken after the wait: a stamp tells the moment of sending.
      yield frame(source.next());
    }
    draft.endMessage(plan.incomplete === undefined ? 'completed' : 'incomplete');
    const text = source.sent();
    for (const [annotation_index, annotation] of annotationsOf(text, plan.citations).entries())
      yield framer.frame({
        type: 'response.output_text.annotation.added',
        ...place,
        annotation_index,
        annotation,
      });
    yield plan.refusal
      ? framer.frame({ type: 'response.refusal.done', ...place, refusal: text })
      : framer.frame({ type: 'response.output_text.done', ...place, text, logprobs: [] });
    yield framer.frame({ type: 'response.content_part.done', ...place, part: part(text) });
    yield framer.frame({ type: 'response.output_item.done', output_index, item: asOutput(item) });
  }

  private *call(name: string, args: string): Generator<Step, void> {
    const { draft, framer } = this;
    const output_index = draft.output.length;
    const item: Item = {
      id: newId('fc_'),
      type: 'function_call',
      status: 'in_progress',
      arguments: '',
      call_id: newId('call_'),
      name,
    };
    draft.output.push(item);
    const place = { item_id: item.id, output_index };
    yield framer.frame({ type: 'response.output_item.added', output_index, item: asOutput(item) });
    const frame = framer.deltas('response.function_call_arguments.delta', place);
    const breakAfter = this.plan.breaks?.after ?? Infinity;
    for (const token of tokensOf(args)) {
      if (this.deltas >= breakAfter) {
        this.broken = true;
        return;
      }
      yield AWAIT_TOKEN;
      this.deltas += 1;
      yield frame(token);
    }
    item['arguments'] = args;
    item['status'] = 'completed';
    draft.countCall(name, args);
    yield framer.frame({ type: 'response.function_call_arguments.done', ...place, name, arguments: args });
    yield framer.frame({ type: 'response.output_item.done', output_index, item: asOutput(item) });
  }

  private finish(): string {
    const { draft, plan } = this;
    draft.incompleteReason = plan.incomplete;
    draft.end(plan.incomplete === undefined ? 'completed' : 'incomplete', this.seconds());
    return this.snapshot(plan.incomplete === undefined ? 'response.completed' : 'response.incomplete');
  }

  private break(): string {
    const { draft, plan, framer } = this;
    const code = plan.breaks?.code ?? 'server_error';
    const message = 'The server had an error while processing your request. Sorry about that!';
    draft.error = { code, message };
    draft.end('failed', this.seconds());
    if (plan.breaks?.how === 'error-event')
      return framer.frame({ type: 'error', code, message, param: null });
    return this.snapshot('response.failed');
  }

  /** The whole object as it is now; not even built when nobody listens. */
  private snapshot(type: SnapshotType): string {
    return this.framer.muted ? '' : this.framer.frame({ type, response: this.draft.toObject() });
  }
}

function asOutput(item: Item): ResponseOutputItem {
  return item as unknown as ResponseOutputItem;
}
