// What a one-shot request asks for beside its message. Checked by its door; kept with its run until the end, because
// whichever worker takes the run up must ask the model for the same.

/** An earlier turn that the asker brought along. */
export interface ContextTurn {
  role: 'user' | 'assistant' | 'system';
  content: string;
}

/** Plain text unless asked for. */
export type AnswerFormat =
  | { type: 'json_object' }
  | {
      type: 'json_schema';
      name: string;
      schema: Record<string, unknown>;
      description?: string;
      strict?: boolean;
    };

export interface RunRequest {
  /** A model's name as the asker knows it; a retired one is replaced. */
  model?: string;
  /** Of the answer, reasoning included; the service's own bound stands above it. */
  max_tokens?: number;
  /** 0–2; left out for models that refuse one. */
  temperature?: number;
  /** Becomes the instructions. */
  system_prompt?: string;
  /** Oldest first. */
  context?: ContextTurn[];
  /** `data:` URLs whose bytes were looked at. */
  images?: string[];
  format?: AnswerFormat;
  /** Asks for a fresh answer also where an equal request was answered before. */
  no_cache?: true;
  /** The channel's thread goes along and the answer joins it; otherwise the request stands alone. */
  in_thread?: true;
}
