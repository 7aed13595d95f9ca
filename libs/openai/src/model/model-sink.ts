// Where a stream reader puts what it hears. Knows nothing of logs, runs or back-ends.

/** Called synchronously from the reader: every method must be cheap and must not throw. */
export interface ModelSink {
  /** The provider knows the response under this id. Once per `stream` call, before any text; not on `resume`. */
  created(response_id: string, sequence_number: number): void;
  /** Visible answer text. A second message item is preceded by `text('\n\n', …)` if text was sent before. */
  text(delta: string, sequence_number: number): void;
  /** Anything else that shows life: reasoning, tool arguments, state changes. */
  progress(sequence_number: number): void;
  /** Back-pressure: a promise returned here is awaited between chunks, with the idle clock stopped. */
  ready?(): Promise<void> | undefined;
  /** For `resume`: whether text of this response was sent before the cursor (a next message then needs a separator). */
  readonly has_text?: boolean;
}
