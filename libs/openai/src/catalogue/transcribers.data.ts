// What is known of the models that write down speech: data, like models.data.ts, of the same day. What a model lost against
// its forerunner is said here once, so that it can be refused with a reason instead of by the provider.
import type { ModelPrice } from './models.data.js';

/** What a transcript may come as, in the provider's words. */
export const TRANSCRIPT_FORMATS = ['json', 'text', 'srt', 'vtt', 'verbose_json', 'diarized_json'] as const;
export type TranscriptFormat = (typeof TRANSCRIPT_FORMATS)[number];

export interface TranscriberTraits {
  /** When something is said: `segments` of a sentence or so, and single `words` too. */
  times: 'none' | 'segments' | 'words';
  /** Tells speakers apart. */
  speakers: boolean;
  /** The text can be had while it is made. */
  streams: boolean;
  /** Takes a text that goes before. */
  prompt: boolean;
  keywords: boolean;
  /** Takes several languages, not only one. */
  languages: boolean;
}

export interface TranscriberEntry extends TranscriberTraits {
  /** Day (UTC, YYYY-MM-DD) from which the provider refuses the model. */
  shutdown_date?: string;
  replacement?: string;
  /** Seconds of sound in one request. */
  max_seconds: number;
  /** By tokens, or by the minute. */
  price: ModelPrice;
}

/** For names that are not listed: other people's servers. They say themselves what they refuse. */
export const UNKNOWN_TRANSCRIBER: TranscriberTraits = {
  times: 'words',
  speakers: true,
  streams: false,
  prompt: true,
  keywords: true,
  languages: true,
};

const ENDS = { shutdown_date: '2027-02-26', replacement: 'gpt-transcribe' } as const;
const plain = {
  times: 'none',
  speakers: false,
  streams: true,
  prompt: true,
  keywords: false,
  languages: false,
  max_seconds: 1_400,
} as const;
const byMinute = (minute: number): { price: ModelPrice } => ({
  price: { input: 0, cached: 0, output: 0, minute },
});

export const TRANSCRIBERS: Readonly<Record<string, TranscriberEntry>> = {
  'gpt-transcribe': { ...plain, keywords: true, languages: true, ...byMinute(0.0045) },
  'whisper-1': { ...plain, times: 'words', streams: false, max_seconds: 7_200, ...byMinute(0.006), ...ENDS },
  'gpt-4o-transcribe': { ...plain, price: { input: 2.5, cached: 2.5, output: 10 }, ...ENDS },
  'gpt-4o-mini-transcribe': { ...plain, price: { input: 1.25, cached: 1.25, output: 5 }, ...ENDS },
  'gpt-4o-transcribe-diarize': {
    ...plain,
    times: 'segments',
    speakers: true,
    prompt: false,
    price: { input: 2.5, cached: 2.5, output: 10 },
    ...ENDS,
  },
};
