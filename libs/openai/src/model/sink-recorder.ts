// A sink for tests and measurements that remembers what it was told.
import type { ModelSink } from './model-sink.js';

export class SinkRecorder implements ModelSink {
  readonly ids: string[] = [];
  readonly texts: string[] = [];
  /** Of every call, in order. */
  readonly sequence: number[] = [];
  on_text: (() => void) | undefined;
  ready: () => Promise<void> | undefined = () => undefined;

  constructor(readonly has_text: boolean = false) {}

  get text_so_far(): string {
    return this.texts.join('');
  }

  created(response_id: string, sequence_number: number): void {
    this.ids.push(response_id);
    this.sequence.push(sequence_number);
  }

  text(delta: string, sequence_number: number): void {
    this.texts.push(delta);
    this.sequence.push(sequence_number);
    this.on_text?.();
  }

  progress(sequence_number: number): void {
    this.sequence.push(sequence_number);
  }
}
