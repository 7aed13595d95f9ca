// A request in the provider's words. What a model refuses is refused before (refusals.ts); here only its own names count.
import { toStreamingFile } from 'openai';
import type { TranscriptionCreateParams } from 'openai/resources/audio/transcriptions';
import type { TranscriberTraits } from '../catalogue/transcribers.data.js';
import type { TranscriptionRequest } from './transcription-request.js';

const RESPONSE_FORMAT = {
  text: 'json',
  segments: 'verbose_json',
  words: 'verbose_json',
  speakers: 'diarized_json',
} as const;

/** A body is sent once: its sound is a stream. */
export function toTranscriptionBody(
  request: TranscriptionRequest,
  traits: TranscriberTraits,
  stream: boolean,
): TranscriptionCreateParams {
  const { model, audio, detail, languages = [], prompt, keywords = [], temperature } = request;
  // Where speakers can be told apart, and nothing else gives times, its form gives the segments.
  const response_format =
    traits.speakers && traits.times === 'segments' && detail !== 'text'
      ? 'diarized_json'
      : RESPONSE_FORMAT[detail];
  return {
    // Small fields first: whoever reads the stream knows what it is for before the sound comes.
    model,
    response_format,
    ...(stream && { stream: true }),
    ...(languages.length === 1 && !traits.languages && { language: languages[0]! }),
    ...(languages.length > 0 && traits.languages && { languages: [...languages] }),
    ...(prompt !== undefined && { prompt }),
    ...(keywords.length > 0 && { keywords: [...keywords] }),
    ...(temperature !== undefined && { temperature }),
    ...(detail === 'words' && { timestamp_granularities: ['segment', 'word'] }),
    // Required for more than 30 s of sound.
    ...(traits.speakers && traits.times === 'segments' && { chunking_strategy: 'auto' }),
    file: toStreamingFile(audio.open(), audio.name, { type: audio.mediatype }),
  } as TranscriptionCreateParams;
}
