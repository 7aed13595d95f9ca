// What a tool is: a function that the model may call. Whoever adds one implements this and registers it; the
// journal, time limits and argument checks are around it, not in it.

export interface ToolContext {
  /** Aborts at the tool's time limit, and when the run is cancelled or taken over. */
  signal: AbortSignal;
  /** The same for every repetition of this call: hand it on to what has an effect. */
  idempotency_key: string;
  run_id: string;
  channel: string;
}

export interface Tool {
  /** What the model calls it: letters, digits, `_` and `-`, at most 64. */
  readonly name: string;
  /** For the model: what it does and when to use it. */
  readonly description: string;
  /** JSON schema of the arguments, an object. */
  readonly parameters: Record<string, unknown>;
  /** Whether a call whose outcome is unknown may be made again. */
  readonly idempotent: boolean;
  /** Milliseconds, where less than `TOOL_TIMEOUT_MS` is enough. */
  readonly timeout_ms?: number;
  /**
   * @param args checked against `parameters`
   * @returns what the model reads
   * @throws ToolError with a text for the model; of any other error the model learns only that the tool failed
   */
  run(args: Record<string, unknown>, context: ToolContext): Promise<string>;
}

/** A failure that the model may know of, so that it can tell the user or try otherwise. */
export class ToolError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ToolError';
  }
}
