// The models this stand-in knows and what each refuses, as of 2026-11-21. Shutdown dates are OpenAI's; days of publication
// are theirs for gpt-6 and near enough for the rest, nothing should depend on them.

export interface ModelTraits {
  /** Refuses `max_tokens`, `stop` and a temperature other than 1 in the new models' manner. */
  strict?: boolean;
  /** Has reasoning effort `none`; with it the strict ones take a temperature. */
  effortNone?: boolean;
  /** Chat completions refuse function tools: never, when reasoning effort is set, or always. */
  chatTools?: 'refused-with-effort' | 'refused-unless-none';
  reasoning?: boolean;
}

export interface ModelEntry extends ModelTraits {
  id: string;
  /** Day it was published, YYYY-MM-DD. */
  created: string;
  /** Day it is shut down, or was. */
  shutdown?: string;
}

const five: ModelTraits = { reasoning: true };
const fiveSix: ModelTraits = { reasoning: true, effortNone: true, chatTools: 'refused-with-effort' };
const six: ModelTraits = { ...fiveSix, strict: true };
const sixFull: ModelTraits = { reasoning: true, strict: true, chatTools: 'refused-unless-none' };

export const MODELS: readonly ModelEntry[] = [
  { id: 'gpt-6.1-terra', created: '2026-10-26', ...sixFull },
  { id: 'gpt-6.1-sol', created: '2026-09-29', ...sixFull },
  { id: 'gpt-6-sol', created: '2026-09-22', ...six },
  { id: 'gpt-6-luna', created: '2026-09-22', ...six },
  { id: 'gpt-6-astra', created: '2026-09-03', ...sixFull },
  { id: 'gpt-5.6-sol', created: '2026-07-09', ...fiveSix },
  { id: 'gpt-5.6-terra', created: '2026-07-09', ...fiveSix },
  { id: 'gpt-5.6-luna', created: '2026-07-09', ...fiveSix },
  { id: 'gpt-5.5', created: '2026-04-23', ...five },
  { id: 'gpt-5.5-pro', created: '2026-04-23', ...five },
  { id: 'gpt-5.4', created: '2026-03-05', ...five },
  { id: 'gpt-5.4-mini', created: '2026-03-05', ...five },
  { id: 'gpt-5.4-nano', created: '2026-03-05', shutdown: '2027-04-01', ...five },
  { id: 'gpt-5.2', created: '2025-12-11', ...five },
  { id: 'gpt-5.1', created: '2025-11-13', shutdown: '2027-04-01', ...five },
  { id: 'gpt-5', created: '2025-08-07', shutdown: '2026-12-11', ...five },
  { id: 'gpt-5-mini', created: '2025-08-07', shutdown: '2026-12-11', ...five },
  { id: 'gpt-5-nano', created: '2025-08-07', shutdown: '2026-12-11', ...five },
  { id: 'o3', created: '2025-04-16', shutdown: '2026-12-11', ...five },
  { id: 'gpt-4.1', created: '2025-04-14', shutdown: '2027-01-14' },
  { id: 'gpt-4.1-mini', created: '2025-04-14', shutdown: '2027-01-14' },
  { id: 'gpt-4o', created: '2024-05-13', shutdown: '2027-01-14' },
  { id: 'gpt-4o-2024-08-06', created: '2024-08-06', shutdown: '2027-01-14' },
  { id: 'gpt-4o-2024-11-20', created: '2024-11-20', shutdown: '2027-01-14' },
  { id: 'gpt-4o-mini', created: '2024-07-18', shutdown: '2027-01-14' },
  { id: 'gpt-transcribe', created: '2026-08-26' },
  { id: 'gpt-live-transcribe', created: '2026-08-26' },
  { id: 'whisper-1', created: '2023-03-01', shutdown: '2027-02-26' },
  { id: 'gpt-4o-transcribe', created: '2025-03-20', shutdown: '2027-02-26' },
  { id: 'gpt-4o-mini-transcribe', created: '2025-03-20', shutdown: '2027-02-26' },
  { id: 'gpt-4o-mini-transcribe-2025-12-15', created: '2025-12-15', shutdown: '2027-02-26' },
  { id: 'gpt-4o-transcribe-diarize', created: '2025-10-15', shutdown: '2027-02-26' },
  { id: 'text-embedding-3-small', created: '2024-01-25' },
  { id: 'text-embedding-3-large', created: '2024-01-25' },
  { id: 'text-embedding-ada-002', created: '2022-12-15' },
  { id: 'omni-moderation-latest', created: '2024-11-15' },
  { id: 'gpt-4o-2024-05-13', created: '2024-05-13', shutdown: '2026-10-23' },
  { id: 'chatgpt-4o-latest', created: '2024-08-13', shutdown: '2026-02-17' },
  { id: 'o4-mini', created: '2025-04-16', shutdown: '2026-10-23', ...five },
  { id: 'o3-mini', created: '2025-01-31', shutdown: '2026-10-23', ...five },
  { id: 'o1', created: '2024-12-17', shutdown: '2026-10-23', ...five },
  { id: 'gpt-4', created: '2023-06-27', shutdown: '2026-10-23' },
  { id: 'gpt-4-turbo', created: '2024-04-09', shutdown: '2026-10-23' },
  { id: 'gpt-3.5-turbo', created: '2023-02-28', shutdown: '2026-10-23' },
  { id: 'gpt-4.1-nano', created: '2025-04-14', shutdown: '2026-10-23' },
];
