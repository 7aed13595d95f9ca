// Where a run gets its assistant from. The small surface that runs need; how assistants are kept, versioned
// and chosen stays behind it.

/** One version of an assistant, as a run uses it from start to end. */
export interface AssistantSnapshot {
  /** `asst_` and 32 hexadecimal digits. */
  id: string;
  /** Counts changes of the configuration, from 1. */
  version: number;
  name: string;
  /** As configured; the model catalogue resolves retired names. */
  model: string;
  instructions: string;
  /** Names of tools that the model may call; those that this process lacks are left out of a request. */
  tools: string[];
  temperature?: number;
  max_output_tokens?: number;
  resume?: 'rerun' | 'background';
}

export abstract class AssistantSource {
  /**
   * The assistant for a new run, verified to exist; made when there is none.
   * @throws ParleyError `state_unavailable`
   */
  abstract current(): Promise<AssistantSnapshot>;

  /** The assistant of a run that has begun, or the current one when it was deleted meanwhile. */
  abstract resolve(id: string): Promise<AssistantSnapshot>;
}
