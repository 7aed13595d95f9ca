// What a recording says, and the answer in the asked format. An emulator hears nothing: the words come from directives, from
// those in the recording's own bytes, or tell what came in.

import { basename } from 'node:path';

import type { Fault } from '../directives/directive.js';
import { findDirectives } from '../directives/find-directives.js';
import { apply, parseScript } from '../directives/parse-script.js';
import { countingText } from '../answer/reply-text.js';
import type { Settings } from '../settings.js';
import { countTokens, tokensOf } from '../text/tokens.js';
import { toSrt, toTranscript, toVtt, wordsOf, type Transcript } from './transcript.js';
import type { TranscriptionRequest } from './transcription-request.js';

/** Where in a recording directives are looked for: its first and its last bytes, where tags and comments are. */
const EDGE_BYTES = 65_536;
/** Tokens of sound in a second. */
const AUDIO_TOKENS = 10;

export interface PlannedTranscription {
  transcript: Transcript;
  faults: Fault[];
  pace: { ttftMs: number; tokensPerSecond: number; deltaChars: number };
}

/** @param extra directives of header and rules, without brackets */
export function planTranscription(
  request: TranscriptionRequest,
  filename: string,
  extra: readonly string[],
  settings: Settings,
): PlannedTranscription {
  const script = parseScript(request.prompt);
  for (const directive of [...hidden(request.audio), ...extra]) apply(script, directive);
  const round = script.rounds[0]!;
  const said = script.rounds.map(({ text }) => text).find((text) => text !== undefined);
  const text =
    said?.kind === 'say' || said?.kind === 'json'
      ? said.text
      : said?.kind === 'tokens'
        ? countingText(said.count)
        : describe(request, basename(filename), script.plain);
  return {
    transcript: toTranscript(text, request.seconds, request.speakers),
    faults: round.faults,
    pace: {
      ttftMs: script.pace.ttft ?? settings.ttft_ms,
      tokensPerSecond: script.pace.rate ?? settings.tokens_per_second,
      deltaChars: 0,
    },
  };
}

function hidden(audio: Buffer): string[] {
  const edges = [
    audio.subarray(0, EDGE_BYTES),
    audio.subarray(Math.max(EDGE_BYTES, audio.length - EDGE_BYTES)),
  ];
  return edges
    .filter((edge) => edge.includes('[['))
    .flatMap((edge) => findDirectives(edge.toString()).map(({ inner }) => inner));
}

function describe({ audio, seconds, keywords }: TranscriptionRequest, name: string, prompt: string): string {
  const parts = [
    `This is the recording ${name}.`,
    `It has ${audio.length} bytes and lasts ${seconds.toFixed(1)} seconds.`,
  ];
  if (keywords.length > 0) parts.push(`It speaks of ${keywords.join(', ')}.`);
  if (prompt !== '') parts.push(`You said: ${prompt}`);
  return parts.join(' ');
}

/** The answer of one piece. @returns a text for the formats that are no JSON */
export function toBody(request: TranscriptionRequest, transcript: Transcript): string | object {
  const { text, seconds, segments } = transcript;
  switch (request.format) {
    case 'text':
      return `${text}\n`;
    case 'srt':
      return toSrt(transcript);
    case 'vtt':
      return toVtt(transcript);
    case 'verbose_json':
      return {
        task: 'transcribe',
        language: 'english',
        duration: seconds,
        text,
        ...(request.words && { words: wordsOf(transcript) }),
        ...(request.segments && { segments: segments.map(whisperSegment) }),
        usage: usageOf(request, transcript, 'duration'),
      };
    case 'diarized_json':
      return {
        task: 'transcribe',
        duration: seconds,
        text: segments.map((segment) => `${segment.speaker}: ${segment.text}`).join('\n'),
        segments: segments.map((segment) => ({ type: 'transcript.text.segment', ...segment })),
        usage: usageOf(request, transcript, 'duration'),
      };
    case 'json':
      return {
        text,
        ...extras(request, text),
        usage: usageOf(request, transcript, billedByTime(request.model) ? 'duration' : 'tokens'),
      };
    default:
      return request.format satisfies never;
  }
}

/** What some models and requests have beside the text. */
export function extras({ model, logprobs }: TranscriptionRequest, text: string): object {
  return {
    ...(model === 'gpt-transcribe' && { languages: [{ code: 'en' }] }),
    ...(logprobs && { logprobs: logprobsOf(text) }),
  };
}

export const logprobsOf = (text: string): object[] =>
  [...tokensOf(text)].map((token) => ({ token, logprob: -0.01, bytes: [...Buffer.from(token)] }));

const billedByTime = (model: string): boolean => model === 'whisper-1' || model === 'gpt-transcribe';

export function usageOf(
  { prompt }: TranscriptionRequest,
  { text, seconds }: Transcript,
  by: 'tokens' | 'duration',
): object {
  if (by === 'duration') return { type: 'duration', seconds: Math.ceil(seconds) };
  const text_tokens = countTokens(prompt);
  const audio_tokens = Math.ceil(seconds * AUDIO_TOKENS);
  const output_tokens = countTokens(text);
  return {
    type: 'tokens',
    input_tokens: text_tokens + audio_tokens,
    input_token_details: { text_tokens, audio_tokens },
    output_tokens,
    total_tokens: text_tokens + audio_tokens + output_tokens,
  };
}

function whisperSegment({ start, end, text }: Transcript['segments'][number], id: number): object {
  const tokens = [...tokensOf(text)].map((_, index) => 50_364 + index);
  return {
    id,
    seek: 0,
    start,
    end,
    text: ` ${text}`,
    tokens,
    temperature: 0,
    avg_logprob: -0.28,
    compression_ratio: 1.2,
    no_speech_prob: 0.01,
  };
}
