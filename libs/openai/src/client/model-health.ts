// Whether the provider answers and what it says of our models, asked seldom. For readiness, metrics and the
// warning at start; decides nothing.
import type { OpenAI } from 'openai';
import { toUpstreamError } from '../errors/to-upstream-error.js';
import type { UpstreamKind } from '../errors/upstream-error.js';

export interface ProviderHealth {
  ok: boolean;
  /** UTC ms of the look. */
  at: number;
  /** When not ok. */
  reason?: UpstreamKind;
  /** Model id → announced shutdown date (YYYY-MM-DD) or null. Empty when not ok. */
  models: ReadonlyMap<string, string | null>;
}

const KEEP_MS = 30_000;
const ASK_MS = 5_000;

export class ModelHealth {
  private latest: ProviderHealth | undefined;
  private asking: Promise<ProviderHealth> | undefined;

  constructor(
    private readonly openai: OpenAI,
    private readonly now: () => number = Date.now,
  ) {}

  /** At most 30 s old; callers share one request of at most 5 s. Never rejects. */
  check(): Promise<ProviderHealth> {
    if (this.latest !== undefined && this.now() - this.latest.at < KEEP_MS)
      return Promise.resolve(this.latest);
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async ask(): Promise<ProviderHealth> {
    const at = this.now();
    try {
      const page = await this.openai.models.list({ timeout: ASK_MS, signal: AbortSignal.timeout(ASK_MS) });
      const models = new Map(page.data.map((model) => [model.id, model.shutdown_date ?? null]));
      this.latest = { ok: true, at, models };
    } catch (error) {
      this.latest = { ok: false, at, reason: toUpstreamError(error).kind, models: new Map() };
    }
    return this.latest;
  }
}
