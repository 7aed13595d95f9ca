// Response stream events → SSE frames with dense sequence numbers from 0. Deltas go a shorter way than the rest: their
// frame is put together from prepared strings.

import type {
  ResponseFunctionCallArgumentsDoneEvent,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';

import { obfuscation } from '../text/obfuscation.js';

/** An event before its number is known. */
export type UnnumberedEvent =
  | (ResponseStreamEvent extends infer Event
      ? Event extends { sequence_number: number }
        ? Omit<Event, 'sequence_number'>
        : never
      : never)
  // OpenAI's document has the name here, the SDK's type leaves it out.
  | (Omit<ResponseFunctionCallArgumentsDoneEvent, 'sequence_number'> & { name: string });

type DeltaType =
  | 'response.output_text.delta'
  | 'response.refusal.delta'
  | 'response.function_call_arguments.delta'
  | 'response.reasoning_summary_text.delta';

export class EventFramer {
  private sequence = 0;

  /**
   * @param muted nobody listens: frames are empty and cost nothing
   * @param padded deltas carry the `obfuscation` field (OpenAI's default)
   */
  constructor(
    readonly muted: boolean,
    private readonly padded: boolean,
  ) {}

  frame(event: UnnumberedEvent): string {
    if (this.muted) return '';
    const json = JSON.stringify(event);
    return `event: ${event.type}\ndata: ${json.slice(0, -1)},"sequence_number":${this.sequence++}}\n\n`;
  }

  /** Frames for one run of deltas that share `place` (item and indices). */
  deltas(type: DeltaType, place: Readonly<Record<string, unknown>>): (delta: string) => string {
    if (this.muted) return () => '';
    const logprobs = type === 'response.output_text.delta' ? ',"logprobs":[]' : '';
    const head = `event: ${type}\ndata: {"type":"${type}",${JSON.stringify(place).slice(1, -1)},"delta":`;
    const tail = `${logprobs},"sequence_number":`;
    return this.padded
      ? (delta) =>
          `${head}${JSON.stringify(delta)},"obfuscation":"${obfuscation(delta.length)}"${tail}${this.sequence++}}\n\n`
      : (delta) => `${head}${JSON.stringify(delta)}${tail}${this.sequence++}}\n\n`;
  }
}
