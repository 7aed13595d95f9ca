// Defaults that hold for every request and can be changed while the emulator runs (`POST /_emulator/defaults`).

import { ApiError } from './errors.js';

export interface Settings {
  /** Time to first token, ms. */
  ttft_ms: number;
  /** Deltas per second; 0 sends as fast as the client reads. */
  tokens_per_second: number;
  /** Code points per delta; 0 sends one token per delta. */
  delta_chars: number;
  /** How long a background stream may be rejoined after its creation, ms (OpenAI: five minutes). */
  rejoin_window_ms: number;
  /** How long a background response with `store:false` can be polled, ms (OpenAI: about ten minutes). */
  unstored_background_ms: number;
  /** Keep request bodies in the journal; off for benchmarks. */
  journal_bodies: boolean;
  /** Requests remembered; the oldest go first. */
  journal_entries: number;
  /** The status in which batches stay; '' lets each go on to its end at once. */
  batch_hold: BatchHold;
  /** Lines that a batch answers before it is held in `in_progress`. */
  batch_hold_after: number;
  /** How often a file of a vector store is still `in_progress` when a client asks. */
  index_looks: number;
  /** How long its indexing takes at least, ms of the emulator's clock. */
  index_ms: number;
  /** Tokens of a file that can be indexed (OpenAI: five million). */
  index_max_tokens: number;
  /** When OpenAI's SDK shall ask again for a file or batch in progress, ms. */
  poll_after_ms: number;
  /** Files and vector stores are seen only by requests with the `OpenAI-Project` that made them. */
  separate_projects: boolean;
}

const HOLDS = ['', 'validating', 'in_progress', 'finalizing'] as const;
export type BatchHold = (typeof HOLDS)[number];

const FACTORY: Readonly<Settings> = {
  ttft_ms: 0,
  tokens_per_second: 0,
  delta_chars: 0,
  rejoin_window_ms: 300_000,
  unstored_background_ms: 600_000,
  journal_bodies: true,
  journal_entries: 20_000,
  batch_hold: '',
  batch_hold_after: 0,
  index_looks: 0,
  index_ms: 0,
  index_max_tokens: 5_000_000,
  poll_after_ms: 20,
  separate_projects: false,
};

export function factorySettings(): Settings {
  return { ...FACTORY };
}

/**
 * Changes `settings` in place by the fields of `patch`.
 * @throws ApiError 400 for an unknown field, a wrong type or a negative number; nothing is changed then.
 */
export function patchSettings(settings: Settings, patch: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(patch)) {
    const current: unknown = FACTORY[name as keyof Settings];
    if (current === undefined) throw ApiError.badRequest(`Unknown setting: '${name}'.`, name);
    const fits =
      typeof value === typeof current &&
      (typeof value !== 'number' || (value >= 0 && Number.isFinite(value))) &&
      (typeof value !== 'string' || HOLDS.includes(value as BatchHold));
    if (!fits) throw ApiError.badRequest(`Invalid value for setting '${name}'.`, name);
  }
  Object.assign(settings, patch);
}
