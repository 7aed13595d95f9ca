// What is known of OpenAI's models: data, gathered from its deprecations, model and pricing pages. Correct it
// here or override single names by MODEL_ALIASES; nothing else in the code names a model.

/** US dollars per million tokens, standard tier, prompts up to LONG_PROMPT.above tokens. */
export interface ModelPrice {
  input: number;
  cached: number;
  output: number;
  cache_write?: number;
  /** US dollars per minute of sound, of models that are not paid by tokens. */
  minute?: number;
}

export interface ModelTraits {
  /** Thinks before it answers: its reasoning can be carried along encrypted, and it refuses a temperature. */
  reasoning: boolean;
  /** Reasoning effort `none` exists. */
  effort_none: boolean;
  /** Chat completions take function tools: always, only with reasoning effort `none`, or never. */
  chat_tools: 'always' | 'effort_none' | 'never';
  /** Chat completions want `max_completion_tokens`, not `max_tokens`. */
  max_completion_tokens: boolean;
  vision: boolean;
}

export interface ModelEntry extends ModelTraits {
  /** Day (UTC, YYYY-MM-DD) from which the provider refuses the model. */
  shutdown_date?: string;
  replacement?: string;
  /** Tokens, input and output together. */
  context_tokens: number;
  max_output_tokens: number;
  price?: ModelPrice;
}

export const CATALOGUE_AS_OF = '2026-11-21';
/** From so many input tokens on, the whole request of these models costs more. */
export const LONG_PROMPT = {
  above: 272_000,
  input_factor: 2,
  output_factor: 1.5,
  models: [
    'gpt-6-astra',
    'gpt-6.1-sol',
    'gpt-6.1-terra',
    'gpt-6-sol',
    'gpt-6-luna',
    'gpt-5.6-sol',
    'gpt-5.6-terra',
    'gpt-5.6-luna',
    'gpt-5.5',
    'gpt-5.4',
  ],
} as const;

/** What a service tier makes of the standard price. */
export const TIER_FACTORS: Readonly<Record<string, number>> = { batch: 0.5, flex: 0.5, fast: 2, priority: 2 };

/** For names that are not listed: fine-tunes, new models, other people's servers. Asks for the least. */
export const UNKNOWN_MODEL: ModelTraits = {
  reasoning: false,
  effort_none: false,
  chat_tools: 'always',
  max_completion_tokens: false,
  vision: false,
};

const plain = {
  reasoning: false,
  effort_none: false,
  chat_tools: 'always',
  max_completion_tokens: true,
  vision: true,
} as const;
const five = { ...plain, reasoning: true, context_tokens: 400_000, max_output_tokens: 128_000 } as const;
const large = { context_tokens: 1_050_000, max_output_tokens: 128_000 } as const;
const fiveSix = { ...five, ...large, effort_none: true, chat_tools: 'effort_none' } as const;
const six = fiveSix;
const sixFull = { ...six, effort_none: false, chat_tools: 'never' } as const;
const four = { ...plain, context_tokens: 128_000, max_output_tokens: 16_384 } as const;
const fourOne = { ...plain, context_tokens: 1_047_576, max_output_tokens: 32_768 } as const;
const old = { ...plain, vision: false, context_tokens: 16_385, max_output_tokens: 4_096 } as const;
const o = { ...five, context_tokens: 200_000, max_output_tokens: 100_000 } as const;

const price = (
  input: number,
  cached: number,
  output: number,
  cache_write?: number,
): { price: ModelPrice } => ({
  price: { input, cached, output, ...(cache_write === undefined ? {} : { cache_write }) },
});
const until = (shutdown_date: string, replacement: string) => ({ shutdown_date, replacement });

export const MODELS: Readonly<Record<string, ModelEntry>> = {
  'gpt-6-astra': { ...sixFull, ...price(10, 1, 50, 12.5) },
  'gpt-6.1-sol': { ...sixFull, ...price(2, 0.1, 10, 2.5) },
  'gpt-6.1-terra': { ...sixFull, ...price(1, 0.05, 5, 1.25) },
  'gpt-6-sol': { ...six, ...price(2, 0.2, 10, 2.5) },
  'gpt-6-luna': { ...six, ...price(0.1, 0.01, 0.5, 0.125) },
  'gpt-5.6-sol': { ...fiveSix, ...price(4, 0.4, 20, 5) },
  'gpt-5.6-terra': { ...fiveSix, ...price(2, 0.2, 12, 2.5) },
  'gpt-5.6-luna': { ...fiveSix, ...price(0.2, 0.02, 1.2, 0.25) },
  'gpt-5.5': { ...five, ...price(5, 0.5, 30) },
  'gpt-5.5-pro': five,
  'gpt-5.4': { ...five, ...price(2.5, 0.25, 15) },
  'gpt-5.4-mini': { ...five, ...price(0.75, 0.075, 4.5) },
  'gpt-5.4-nano': { ...five, ...price(0.2, 0.02, 1.25), ...until('2027-04-01', 'gpt-6-luna') },
  'gpt-5.2': { ...five, ...price(1.75, 0.175, 14) },
  'gpt-5.1': { ...five, ...price(1.25, 0.125, 10), ...until('2027-04-01', 'gpt-5.6-terra') },
  'gpt-5': { ...five, ...price(1.25, 0.125, 10), ...until('2026-12-11', 'gpt-5.6-sol') },
  'gpt-5-mini': { ...five, ...price(0.25, 0.025, 2), ...until('2026-12-11', 'gpt-5.6-terra') },
  'gpt-5-nano': { ...five, ...price(0.05, 0.005, 0.4), ...until('2026-12-11', 'gpt-5.6-luna') },
  'gpt-4.1': { ...fourOne, ...price(2, 0.5, 8), ...until('2027-01-14', 'gpt-6-luna') },
  'gpt-4.1-mini': { ...fourOne, ...price(0.4, 0.1, 1.6), ...until('2027-01-14', 'gpt-6-luna') },
  'gpt-4.1-nano': { ...fourOne, ...until('2026-10-23', 'gpt-5.6-luna') },
  'gpt-4o': { ...four, ...price(2.5, 1.25, 10), ...until('2027-01-14', 'gpt-6-luna') },
  'gpt-4o-mini': { ...four, ...price(0.15, 0.075, 0.6), ...until('2027-01-14', 'gpt-6-luna') },
  'gpt-4o-2024-05-13': { ...four, ...until('2026-10-23', 'gpt-5.6-sol') },
  'chatgpt-4o-latest': { ...four, ...until('2026-02-17', 'gpt-6-luna') },
  o3: { ...o, ...until('2026-12-11', 'gpt-5.6-sol') },
  'o4-mini': { ...o, ...until('2026-10-23', 'gpt-5.6-terra') },
  'o3-mini': { ...o, vision: false, ...until('2026-10-23', 'gpt-5.6-terra') },
  o1: { ...o, ...until('2026-10-23', 'gpt-5.6-sol') },
  'gpt-4-turbo': { ...four, max_output_tokens: 4_096, ...until('2026-10-23', 'gpt-5.6-sol') },
  'gpt-4': { ...old, context_tokens: 8_192, ...until('2026-10-23', 'gpt-5.6-sol') },
  'gpt-3.5-turbo': { ...old, ...until('2026-10-23', 'gpt-5.6-luna') },
};

/** Names that old settings and documents use and that never were a model. */
export const NEVER_A_MODEL: Readonly<Record<string, string>> = {
  'gpt-4o-latest': 'gpt-6-luna',
};
