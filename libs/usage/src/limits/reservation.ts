// The words between whoever calls a model and the limits.
import type { BilledUsage } from '../prices/prices.js';

/** One call that is about to be made. */
export interface Ask {
  /** Stable for the call over crashes and takeovers, such as run id and round: the same id has the same reservation. */
  id: string;
  tenant: string;
  user?: string | undefined;
  model: string;
  /** Estimated; see `estimateTokens`. */
  input_tokens: number;
  max_output_tokens: number;
  /** False for a call that comes with another: it needs none of the starts per minute. */
  start?: boolean;
  /**
   * Ms until it is given up, for a call that ends hours later. What it holds counts as used meanwhile: others are refused by it, and do not
   * wait for it. Default: RESERVATION_SECONDS, and others wait.
   */
  hold_ms?: number;
  /** As in {@link Settlement}: what it holds costs as that does. */
  service_tier?: string;
}

export interface Reservation {
  id: string;
  /** Tokens held. */
  input_tokens: number;
  output_tokens: number;
  /** US dollars held; null when the model's price is unknown: then no budget holds it. */
  cost_usd: number | null;
  /** By this process alone, because Redis is away. */
  local: boolean;
}

export type ReserveAnswer =
  | {
      ok: true;
      reservation: Reservation;
      /** How many output tokens may be asked for: fewer than wanted when a limit is nearly reached. */
      output_tokens: number;
    }
  | {
      ok: false;
      /** Ask again with the same id after so long, not later than a second after that. */
      wait_ms: number;
      /** `slot`: a start is reserved for then; `held`: others hold what is left and may give some of it back. */
      reason: 'slot' | 'held';
    }
  | {
      ok: false;
      code: 'token_limit_reached' | 'budget_exhausted';
      /** Ms since 1970. */
      resets_at?: number;
    };

export const OUTCOMES = ['completed', 'failed', 'cancelled', 'unknown'] as const;
export type SettleOutcome = (typeof OUTCOMES)[number];

/** What became of a call. */
export interface Settlement {
  /** As the provider billed it. Without it: a failed call counts nothing, any other its whole reservation. */
  usage?: BilledUsage | undefined;
  provider_request_id?: string | undefined;
  response_id?: string | undefined;
  outcome: SettleOutcome;
  /** That answered. */
  model: string;
  assistant?: string | undefined;
  tenant: string;
  user?: string | undefined;
  /** Where the message came in. */
  source: string;
  /** What was asked for: `text`, `vision`, … A finite set: it is a metric's label. */
  kind: string;
  /** Ms since 1970; default now. */
  at?: number | undefined;
  /** As the provider names it: `flex`, `batch`, `priority`, … */
  service_tier?: string | undefined;
}

export interface Settled {
  /** US dollars; null when the price is unknown, or Redis is away and the figure with it. */
  cost_usd: number | null;
  /** False when it had been settled before. */
  first: boolean;
}
