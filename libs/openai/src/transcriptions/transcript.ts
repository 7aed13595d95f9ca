// What was said, and when, whoever wrote it down: one form for the answers of all models. Times are seconds from the start.

export interface TranscriptSegment {
  start: number;
  end: number;
  text: string;
  /** As the model calls him; the same name is the same voice. */
  speaker?: string;
}

export interface TranscriptWord {
  start: number;
  end: number;
  word: string;
}

export interface Transcript {
  text: string;
  /** As the model names them; the first is the one most spoken. */
  languages?: string[];
  /** Seconds of sound. */
  duration?: number;
  segments?: TranscriptSegment[];
  words?: TranscriptWord[];
}

/** What the provider bills: tokens, or seconds of sound. */
export type TranscriptionUsage =
  | {
      type: 'tokens';
      input_tokens: number;
      /** Part of `input_tokens`. */
      audio_tokens?: number;
      output_tokens: number;
    }
  | { type: 'duration'; seconds: number };

export interface TranscriptionOutcome {
  transcript: Transcript;
  /** Undefined where the provider does not tell. */
  usage?: TranscriptionUsage;
  /** The provider's `x-request-id`. */
  request_id?: string;
}
