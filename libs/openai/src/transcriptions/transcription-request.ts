// One piece of sound to be written down, in our own words.

export interface TranscriptionRequest {
  model: string;
  audio: {
    /** With the extension by which the provider knows the kind. */
    name: string;
    mediatype: string;
    /** From the first byte, every time: it is read again when the call is repeated. */
    open(): AsyncIterable<Uint8Array>;
  };
  /** What is wanted besides the text. */
  detail: 'text' | 'segments' | 'words' | 'speakers';
  /** ISO 639-1. Several are hints to models that take them. */
  languages?: readonly string[];
  prompt?: string;
  keywords?: readonly string[];
  /** 0 to 1. */
  temperature?: number;
}

/** Where the text goes while it is made. */
export interface TranscriptionSink {
  text(delta: string): void;
  /** What came so far counts no more: the call is made again. */
  reset(): void;
}

/** What one upload may hold, by the provider's word. */
export const LARGEST_AUDIO = 25 * 1024 * 1024;
