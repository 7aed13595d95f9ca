// What a model cannot do of what is asked, with the reason and what to do instead. Pure over the catalogue, so that a request
// is refused before its sound is sent anywhere.
import type { ModelCatalogue, ResolvedModel } from '../catalogue/model-catalogue.js';
import {
  TRANSCRIBERS,
  UNKNOWN_TRANSCRIBER,
  type TranscriberTraits,
  type TranscriptFormat,
} from '../catalogue/transcribers.data.js';
import type { TranscriptionRequest } from './transcription-request.js';

export interface TranscriptionWish {
  format: TranscriptFormat;
  /** Times of single words. */
  words: boolean;
  languages: readonly string[];
  prompt?: string | undefined;
  keywords: readonly string[];
}

type Ability = (traits: TranscriberTraits) => boolean;

const ABILITIES = {
  times: ({ times }) => times !== 'none',
  words: ({ times }) => times === 'words',
  speakers: ({ speakers }) => speakers,
  prompt: ({ prompt }) => prompt,
  keywords: ({ keywords }) => keywords,
  languages: ({ languages }) => languages,
} as const satisfies Record<string, Ability>;

const WHAT: Readonly<Record<keyof typeof ABILITIES, string>> = {
  times: 'does not say when something is said',
  words: 'does not give the times of single words',
  speakers: 'does not tell speakers apart',
  prompt: 'takes no prompt',
  keywords: 'takes no keywords',
  languages: 'takes one language only',
};

/**
 * @param today decides which other models are named
 * @returns one sentence a fault, `property: reason`, safe to show; empty when the model can do it
 */
export function refusals(
  catalogue: ModelCatalogue,
  resolved: ResolvedModel,
  wish: TranscriptionWish,
  today: Date,
): string[] {
  const { model, replaced } = resolved;
  const traits = catalogue.transcriber(model) ?? UNKNOWN_TRANSCRIBER;
  const since =
    replaced === undefined ? '' : ` (it stands in for ${replaced.from}${ended(replaced.shutdown_date)})`;
  const refuse = (property: string, ability: keyof typeof ABILITIES): string[] =>
    ABILITIES[ability](traits)
      ? []
      : [`${property}: ${model}${since} ${WHAT[ability]}${instead(ABILITIES[ability], today)}`];
  return [
    ...formatNeeds(wish).flatMap((ability) => refuse(`format ${wish.format}`, ability)),
    ...(wish.words ? refuse('words', 'words') : []),
    ...(wish.prompt === undefined ? [] : refuse('prompt', 'prompt')),
    ...(wish.keywords.length === 0 ? [] : refuse('keywords', 'keywords')),
    ...(wish.languages.length < 2 ? [] : refuse('languages', 'languages')),
  ];
}

/** What to ask the provider for so that the format can be made of it. */
export function detailOf({
  format,
  words,
}: Pick<TranscriptionWish, 'format' | 'words'>): TranscriptionRequest['detail'] {
  if (format === 'diarized_json') return 'speakers';
  if (words) return 'words';
  return format === 'json' || format === 'text' ? 'text' : 'segments';
}

function formatNeeds({ format }: TranscriptionWish): (keyof typeof ABILITIES)[] {
  switch (format) {
    case 'json':
    case 'text':
      return [];
    case 'srt':
    case 'vtt':
      return ['times'];
    // Its segments carry more than times, which only the models with words give.
    case 'verbose_json':
      return ['words'];
    case 'diarized_json':
      return ['speakers'];
    default:
      return format satisfies never;
  }
}

const ended = (date: string | undefined): string => (date === undefined ? '' : `, shut down ${date}`);

function instead(able: Ability, today: Date): string {
  const day = today.toISOString().slice(0, 10);
  const others = Object.entries(TRANSCRIBERS)
    .filter(([, entry]) => able(entry) && (entry.shutdown_date === undefined || day < entry.shutdown_date))
    .map(([name, { shutdown_date }]) =>
      shutdown_date === undefined ? name : `${name} (until ${shutdown_date})`,
    );
  return others.length === 0 ? '; no current model does' : `; use ${others.join(' or ')}`;
}
