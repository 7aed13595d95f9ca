// The fields of a form as the options of a transcription: texts become what they mean, checking is the lib's.
import { ParleyError } from '#contracts';

const LISTS = new Set(['languages', 'keywords']);
const NAMES: Readonly<Record<string, string>> = {
  // As the provider's own API calls them.
  response_format: 'format',
  language: 'languages',
};

/** The document of the form. */
export const TRANSCRIPTION_FORM = {
  type: 'object',
  required: ['file'],
  properties: {
    file: {
      type: 'string',
      format: 'binary',
      description: 'flac, mp3, mp4, mpeg, mpga, m4a, ogg, wav or webm; told by its content.',
    },
    model: { type: 'string', description: 'Default: OPENAI_MODEL_TRANSCRIBE.' },
    format: {
      type: 'string',
      enum: ['json', 'text', 'srt', 'vtt', 'verbose_json', 'diarized_json'],
      default: 'json',
      description: 'What the model cannot give is refused, with the reason and the models that can.',
    },
    words: { type: 'boolean', description: 'With verbose_json: times of single words.' },
    languages: {
      type: 'array',
      items: { type: 'string' },
      description: 'Codes of what is spoken, such as en.',
    },
    prompt: { type: 'string', description: 'Text that goes before, or hints at names and style.' },
    keywords: { type: 'array', items: { type: 'string' } },
    temperature: { type: 'number', minimum: 0, maximum: 1 },
    vcon: {
      type: 'string',
      format: 'uuid',
      description: 'A saved vCon that gets the transcript as an analysis.',
    },
    dialog: {
      type: 'integer',
      minimum: 0,
      description: 'Which of its dialogs was heard; default its only recording.',
    },
    vector_store_id: { type: 'string', description: 'Where the transcript is made searchable.' },
  },
} as const;

/** @throws ParleyError `invalid_request` for a field that comes twice and may not */
export function optionsOf(fields: ReadonlyMap<string, readonly string[]>): Record<string, unknown> {
  // Without a prototype no name of a field means anything.
  const options = Object.create(null) as Record<string, unknown>;
  for (const [given, values] of fields) {
    const bare = given.replace(/\[\]$/, '');
    const name = Object.hasOwn(NAMES, bare) ? NAMES[bare]! : bare;
    if (LISTS.has(name)) {
      options[name] = [...((options[name] as string[] | undefined) ?? []), ...values];
      continue;
    }
    if (values.length > 1 || name in options)
      throw new ParleyError('invalid_request', 'unable to read form; a field comes twice', {
        details: ['a field comes twice'],
      });
    options[name] = meant(name, values[0]!);
  }
  return { ...options };
}

function meant(name: string, text: string): unknown {
  if (name === 'words') return text === 'true' ? true : text === 'false' ? false : text;
  if ((name === 'dialog' || name === 'temperature') && /^-?\d{1,9}(?:\.\d{1,9})?$/.test(text))
    return Number(text);
  return text;
}
