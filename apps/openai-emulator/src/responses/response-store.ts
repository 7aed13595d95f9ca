// Responses that can be fetched again, each for as long as OpenAI keeps it. Bounded: the oldest go first.

import type { EmulatorClock } from '../clock.js';
import { ApiError } from '../errors.js';
import type { Generation } from '../pacing/generation.js';
import type { Settings } from '../settings.js';
import type { Item } from './item.js';
import type { ResponseDraft } from './response-draft.js';

const KEPT_MS = 30 * 24 * 3600 * 1000;
const CAPACITY = 20_000;

export interface StoredResponse {
  draft: ResponseDraft;
  /** Everything the model was given: earlier items, then the input. */
  context: readonly Item[];
  /** Frames by sequence number, for a background stream that may be rejoined. */
  frames: string[] | undefined;
  generation: Generation;
  createdMs: number;
}

export class ResponseStore {
  private readonly responses = new Map<string, StoredResponse>();

  constructor(
    private readonly clock: EmulatorClock,
    private readonly settings: Settings,
  ) {}

  add(stored: StoredResponse): void {
    this.responses.set(stored.draft.id, stored);
    if (this.responses.size > CAPACITY) this.responses.delete(this.responses.keys().next().value!);
  }

  /** @returns undefined for unknown, deleted and expired ids */
  find(id: string): StoredResponse | undefined {
    const stored = this.responses.get(id);
    if (stored === undefined) return undefined;
    const age = this.clock.now() - stored.createdMs;
    const kept = stored.draft.request.store ? KEPT_MS : this.settings.unstored_background_ms;
    if (age <= kept) {
      if (age > this.settings.rejoin_window_ms && stored.draft.ended) stored.frames = undefined;
      return stored;
    }
    stored.generation.stop();
    this.responses.delete(id);
    return undefined;
  }

  /** @throws ApiError 404 */
  get(id: string): StoredResponse {
    const stored = this.find(id);
    if (stored === undefined) throw ApiError.notFound(`Response with id '${id}' not found.`);
    return stored;
  }

  delete(id: string): void {
    this.responses.delete(id);
  }

  clear(): void {
    for (const stored of this.responses.values()) stored.generation.stop();
    this.responses.clear();
  }
}
