// The port to a model. Two adapters stand behind it: responses/ and chat/. It knows nothing of runs,
// retries or storage: one call is one request, and the caller decides what follows a failure.
import type { ModelOutcome } from './model-outcome.js';
import type { ModelRequest } from './model-request.js';
import type { ModelSink } from './model-sink.js';

export type ModelApi = 'responses' | 'chat';

/** The reader's own clocks, in ms. The overall limit of a run comes through the `signal`. */
export interface ModelTimeouts {
  /** From sending the request to the first text, tool call or reasoning event. */
  first_output_ms: number;
  /** Between two signs of life afterwards. */
  idle_ms: number;
}

/** Every method that fails throws `UpstreamError`; an aborted signal gives kind `aborted`. */
export abstract class ModelClient {
  abstract readonly api: ModelApi;

  /** Sends the request and reads its stream to the terminal event. */
  abstract stream(request: ModelRequest, sink: ModelSink, signal: AbortSignal): Promise<ModelOutcome>;

  /**
   * Continues a background response after `after` (the last `sequence_number` applied).
   * Throws kind `not_resumable` where the provider refuses: too old, a plain stream, unknown.
   * The outcome carries the whole text, the sink only what comes after the cursor.
   */
  abstract resume(
    response_id: string,
    after: number,
    sink: ModelSink,
    signal: AbortSignal,
  ): Promise<ModelOutcome>;

  /**
   * Polls a background response until it is terminal (1 s growing to 3 s, with jitter); emits nothing.
   * The outcome's `sequence_number` is 0: nothing follows it.
   * Throws kind `not_resumable` when the provider no longer has it.
   */
  abstract poll(response_id: string, signal: AbortSignal): Promise<ModelOutcome>;

  /** Asks the provider to stop a background response. Best effort: never throws. */
  abstract cancel(response_id: string): Promise<void>;
}
