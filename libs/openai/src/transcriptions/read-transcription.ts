// The provider's answers as transcripts, of whatever form. What is not as it should be is left out; without a text there is none.
import { UpstreamError } from '../errors/upstream-error.js';
import type { Transcript, TranscriptionUsage, TranscriptSegment, TranscriptWord } from './transcript.js';

interface Answer {
  text?: unknown;
  language?: unknown;
  languages?: unknown;
  duration?: unknown;
  segments?: unknown;
  words?: unknown;
}

/** @throws UpstreamError `malformed` without a text */
export function readTranscript(answer: unknown): Transcript {
  const { text, language, languages, duration, segments, words } = (answer ?? {}) as Answer;
  if (typeof text !== 'string') throw new UpstreamError('malformed', 'the transcription has no text');
  const names = namesOf(languages, language);
  const found = list(segments, readSegment);
  const single = list(words, readWord);
  return {
    text,
    ...(names.length > 0 && { languages: names }),
    ...(isTime(duration) && { duration }),
    ...(found.length > 0 && { segments: found }),
    ...(single.length > 0 && { words: single }),
  };
}

export function readUsage(usage: unknown): TranscriptionUsage | undefined {
  const { type, seconds, input_tokens, output_tokens, input_token_details } = (usage ?? {}) as Record<
    string,
    unknown
  >;
  if (type === 'duration' && isTime(seconds)) return { type, seconds };
  if (!isTime(input_tokens) || !isTime(output_tokens)) return undefined;
  const { audio_tokens } = (input_token_details ?? {}) as { audio_tokens?: unknown };
  return { type: 'tokens', input_tokens, output_tokens, ...(isTime(audio_tokens) && { audio_tokens }) };
}

export function readSegment(value: unknown): TranscriptSegment | undefined {
  const { start, end, text, speaker } = (value ?? {}) as Record<string, unknown>;
  if (!isTime(start) || !isTime(end) || typeof text !== 'string') return undefined;
  return { start, end, text, ...(typeof speaker === 'string' && { speaker }) };
}

function readWord(value: unknown): TranscriptWord | undefined {
  const { start, end, word } = (value ?? {}) as Record<string, unknown>;
  return isTime(start) && isTime(end) && typeof word === 'string' ? { start, end, word } : undefined;
}

/** A list of `{code}` or of names, or one name. */
function namesOf(languages: unknown, language: unknown): string[] {
  const all = Array.isArray(languages) && languages.length > 0 ? languages : [language];
  return all.flatMap((one: unknown) => {
    const name = typeof one === 'string' ? one : (one as { code?: unknown } | null | undefined)?.code;
    return typeof name === 'string' && name !== '' ? [name] : [];
  });
}

const list = <T>(values: unknown, read: (value: unknown) => T | undefined): T[] =>
  Array.isArray(values) ? values.map(read).filter((value) => value !== undefined) : [];

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;
