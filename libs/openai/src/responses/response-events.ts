// Turns the events of one Responses stream into calls of a sink and, at the end, an outcome. Guards the
// sequence: a repeated number is dropped, a missing one is an error. Knows nothing of HTTP or bytes.
import type { Response, ResponseOutputItem, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { streamFault } from '../errors/to-upstream-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import type { ProviderFault } from '../errors/upstream-kind.js';
import type { ModelOutcome } from '../model/model-outcome.js';
import type { ModelSink } from '../model/model-sink.js';
import type { LifeClock } from '../stream/life-clock.js';
import { parseEvent } from '../stream/parse-event.js';
import type { StreamCounts } from '../stream/stream-counts.js';
import { BEFORE_OUTPUT, SIGNS_OF_LIFE } from './event-types.js';
import { BETWEEN_MESSAGES, refusalOf, textOf, toOutcome, toolCallsOf } from './to-outcome.js';

export class ResponseEvents {
  private sequence: number | undefined;
  private text = '';
  private message: number | undefined;
  private readonly done: ResponseOutputItem[] = [];
  private result: ModelOutcome | undefined;

  /** @param after with a resumed stream, the cursor that it must follow without a gap */
  constructor(
    private readonly sink: ModelSink,
    private readonly counts: StreamCounts,
    private readonly after?: number,
  ) {
    this.sequence = after;
  }

  /** Returns true for the terminal event. @throws UpstreamError */
  accept(data: string, clock: LifeClock): boolean {
    // Not of this API, but compatible servers send it; the end is told by the terminal event.
    if (data === '[DONE]') return false;
    const event = toEvent(data);
    // Flat by the documentation, nested in `error` as some servers send it.
    if (event.type === 'error') throw streamFault((event as { error?: ProviderFault }).error ?? event);
    const sequence = this.follow(event.sequence_number);
    if (sequence === undefined) return false;
    clock.alive(!BEFORE_OUTPUT.has(event.type) && event.type !== 'response.created');
    return this.apply(event, sequence);
  }

  /** Call after the terminal event. */
  outcome(): ModelOutcome {
    if (this.result === undefined) throw new UpstreamError('stream_cut', 'there was no terminal event');
    return this.result;
  }

  private apply(event: ResponseStreamEvent, sequence: number): boolean {
    switch (event.type) {
      case 'response.output_text.delta':
        this.enter(event.output_index, sequence, this.after !== undefined);
        this.emit(event.delta, sequence);
        return false;
      case 'response.created':
        this.sink.created(event.response.id, sequence);
        return false;
      case 'response.output_item.added':
        if (event.item.type === 'message') this.enter(event.output_index, sequence, false);
        this.sink.progress(sequence);
        return false;
      case 'response.output_item.done':
        this.done.push(event.item);
        this.sink.progress(sequence);
        return false;
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        this.finish(event.response, sequence);
        return true;
      default:
        // Not in the SDK's list of events, though a status; a cancelled stream may tell it this way.
        if ((event.type as string) === 'response.cancelled')
          throw new UpstreamError('cancelled', 'the provider cancelled the response');
        if (!SIGNS_OF_LIFE.has(event.type)) this.counts.unknown++;
        this.sink.progress(sequence);
        return false;
    }
  }

  /** The number to work with, or undefined for an event seen before. */
  private follow(number: unknown): number | undefined {
    // Some compatible servers do not number their events; they are taken in the order of arrival.
    const next = typeof number === 'number' ? number : (this.sequence ?? -1) + 1;
    if (this.sequence !== undefined) {
      if (next <= this.sequence) {
        this.counts.duplicate++;
        return undefined;
      }
      if (next > this.sequence + 1)
        throw new UpstreamError('sequence_gap', `event ${this.sequence + 1} is missing before ${next}`);
    }
    this.sequence = next;
    return next;
  }

  /**
   * Goes to a message item. The separator is sent when the item is announced, so that a cursor past the
   * announcement never owes one; `continuing` is the first delta of a resumed stream, inside a known item.
   */
  private enter(index: number, sequence: number, continuing: boolean): void {
    if (index === this.message) return;
    const first = this.message === undefined;
    this.message = index;
    if (first && continuing) return;
    if (this.text !== '' || (first && this.sink.has_text === true)) this.emit(BETWEEN_MESSAGES, sequence);
  }

  private emit(delta: string, sequence: number): void {
    if (delta === '') return this.sink.progress(sequence);
    this.text += delta;
    this.sink.text(delta, sequence);
  }

  private finish(response: Response, sequence: number): void {
    const items = response.output?.length ? response.output : this.done;
    const refusal = refusalOf(items);
    const outcome: ModelOutcome = {
      ...toOutcome(response, sequence),
      items,
      tool_calls: toolCallsOf(items),
      text: textOf(items),
      ...(refusal === '' ? {} : { refusal }),
    };
    this.result = this.after === undefined ? this.agree(outcome, sequence) : outcome;
  }

  /** What was streamed is what was said: a tail that only the final object has is sent, nothing is taken back. */
  private agree(outcome: ModelOutcome, sequence: number): ModelOutcome {
    if (outcome.text === this.text) return outcome;
    if (outcome.text.startsWith(this.text)) this.emit(outcome.text.slice(this.text.length), sequence);
    return { ...outcome, text: this.text };
  }
}

function toEvent(data: string): ResponseStreamEvent {
  const event = parseEvent(data);
  if (typeof event['type'] !== 'string') throw new UpstreamError('malformed', 'an event has no type');
  return event as unknown as ResponseStreamEvent;
}
