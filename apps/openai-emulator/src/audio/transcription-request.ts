// POST /audio/transcriptions as a checked request: which model takes which formats and fields, and how large a file may be.

import { extname } from 'node:path';

import { ApiError } from '../errors.js';
import type { Form } from '../http/read-form.js';
import { onlyFields } from '../vector-stores/checks.js';
import { isRecording, KINDS, secondsOf } from './recording.js';

export type Format = 'json' | 'text' | 'srt' | 'verbose_json' | 'vtt' | 'diarized_json';

export interface TranscriptionRequest {
  model: string;
  format: Format;
  stream: boolean;
  prompt: string;
  keywords: readonly string[];
  speakers: readonly string[];
  words: boolean;
  segments: boolean;
  logprobs: boolean;
  audio: Buffer;
  seconds: number;
}

interface Traits {
  formats: readonly Format[];
  /** Fields that not every model takes. */
  fields: readonly string[];
  ignoresStream?: boolean;
}

const ALL: readonly Format[] = ['json', 'text', 'srt', 'verbose_json', 'vtt', 'diarized_json'];
const FOUR_O: Traits = { formats: ['json', 'text'], fields: ['prompt', 'language', 'include'] };
const TRAITS: Readonly<Record<string, Traits>> = {
  'gpt-transcribe': { formats: ['json', 'text'], fields: ['prompt', 'language', 'languages', 'keywords'] },
  'whisper-1': {
    formats: ['json', 'text', 'srt', 'verbose_json', 'vtt'],
    fields: ['prompt', 'language', 'timestamp_granularities'],
    ignoresStream: true,
  },
  'gpt-4o-transcribe': FOUR_O,
  'gpt-4o-mini-transcribe': FOUR_O,
  'gpt-4o-mini-transcribe-2025-12-15': FOUR_O,
  'gpt-4o-transcribe-diarize': {
    formats: ['json', 'text', 'diarized_json'],
    fields: ['language', 'known_speaker_names', 'known_speaker_references'],
  },
};
const SPECIAL = [
  'prompt',
  'language',
  'languages',
  'keywords',
  'include',
  'timestamp_granularities',
  'known_speaker_names',
  'known_speaker_references',
];
const FREE: Traits = { formats: ALL, fields: SPECIAL };
const COMMON = ['model', 'response_format', 'temperature', 'stream', 'chunking_strategy'];
const MOST_BYTES = 25 << 20;
const MOST_SPEAKERS = 4;
/** Longer ones need a chunking strategy where speakers are told apart. */
const UNCHUNKED_SECONDS = 30;

/** @throws ApiError 400, 413 */
export function toTranscriptionRequest(form: Form): TranscriptionRequest {
  const { fields, lists } = form;
  const nested = Object.keys(fields).filter((name) => name.startsWith('chunking_strategy['));
  const names = [...Object.keys(fields).filter((name) => !nested.includes(name)), ...Object.keys(lists)];
  onlyFields(Object.fromEntries(names.map((name) => [name, ''])), [...COMMON, ...SPECIAL]);
  const model = fields['model']!;
  const traits = model.startsWith('emu-') ? FREE : TRAITS[model];
  if (traits === undefined)
    throw ApiError.badRequest(
      `The model '${model}' is not supported by this endpoint.`,
      'model',
      'invalid_value',
    );
  for (const name of names)
    if (SPECIAL.includes(name) && !traits.fields.includes(name)) throw ApiError.unsupported(name);
  if (fields['language'] !== undefined && lists['languages'] !== undefined)
    throw ApiError.badRequest(
      "Mutually exclusive parameters: 'language' and 'languages'. Ensure you are only providing one of: 'language' or 'languages'.",
      null,
      'mutually_exclusive_parameters',
    );
  const format = formatOf(fields['response_format'] ?? 'json', traits, model);
  const granularities = lists['timestamp_granularities'] ?? [];
  if (granularities.length > 0 && format !== 'verbose_json')
    throw ApiError.badRequest(
      "'timestamp_granularities' requires 'response_format' to be 'verbose_json'.",
      'timestamp_granularities',
      'invalid_value',
    );
  const temperature = Number(fields['temperature'] ?? 0);
  if (!(temperature >= 0 && temperature <= 1))
    throw ApiError.badRequest(
      `Invalid 'temperature': expected a number from 0 to 1.`,
      'temperature',
      'invalid_value',
    );
  const audio = audioOf(form);
  const seconds = secondsOf(audio);
  const chunked = fields['chunking_strategy'] !== undefined || nested.length > 0;
  if (model === 'gpt-4o-transcribe-diarize' && seconds > UNCHUNKED_SECONDS && !chunked)
    throw ApiError.badRequest(
      'chunking_strategy is required for diarization models when the audio is longer than 30 seconds.',
      'chunking_strategy',
      'invalid_value',
    );
  return {
    model,
    format,
    stream: fields['stream'] === 'true' && traits.ignoresStream !== true,
    prompt: fields['prompt'] ?? '',
    keywords: lists['keywords'] ?? [],
    speakers: speakersOf(lists),
    words: granularities.includes('word'),
    segments: granularities.length === 0 || granularities.includes('segment'),
    logprobs: (lists['include'] ?? []).includes('logprobs') && format === 'json',
    audio,
    seconds,
  };
}

function formatOf(format: string, { formats }: Traits, model: string): Format {
  const found = formats.find((each) => each === format);
  if (found !== undefined) return found;
  const use = formats.map((each) => `'${each}'`).join(' or ');
  throw ApiError.badRequest(
    `response_format '${format}' is not compatible with model '${model}'. Use ${use} instead.`,
    'response_format',
    'unsupported_value',
  );
}

function audioOf({ file }: Form): Buffer {
  if (file === undefined) throw ApiError.missing('file');
  if (file.bytes > MOST_BYTES)
    throw new ApiError(413, `Maximum content size limit (${MOST_BYTES}) exceeded (${file.bytes} bytes read)`);
  const kind = extname(file.filename).slice(1).toLowerCase();
  if (!(KINDS as readonly string[]).includes(kind))
    throw ApiError.badRequest(`Invalid file format. Supported formats: ${JSON.stringify(KINDS)}`, 'file');
  const audio = file.content.small ?? Buffer.alloc(0);
  if (!isRecording(audio))
    throw ApiError.badRequest('Audio file might be corrupted or unsupported', 'file', 'invalid_value');
  return audio;
}

function speakersOf(lists: Readonly<Record<string, string[]>>): string[] {
  const { known_speaker_names: names = [], known_speaker_references: references = [] } = lists;
  if (names.length > MOST_SPEAKERS)
    throw ApiError.badRequest(
      `Invalid 'known_speaker_names': at most ${MOST_SPEAKERS} are supported.`,
      'known_speaker_names',
      'array_above_max_length',
    );
  if (names.length !== references.length)
    throw ApiError.badRequest(
      "'known_speaker_names' and 'known_speaker_references' must have the same length.",
      'known_speaker_references',
      'invalid_value',
    );
  return names;
}
