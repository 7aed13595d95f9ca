// What a call costs: the operator's prices, else the catalogue's. Counts in billionths of a dollar, so that sums are exact; what
// has no known price costs "unknown", never nothing.
import { Injectable } from '@nestjs/common';
import { LimitsConfig } from '#config';
import type { Usage } from '#contracts';
import { LONG_PROMPT, ModelCatalogue, TIER_FACTORS, type ModelPrice } from '#openai';
import { ANY_MODEL, readPrices } from './read-prices.js';

/** Billionths of a dollar in a dollar. */
export const NANO = 1_000_000_000;

export interface BilledUsage extends Usage {
  /** Part of `input_tokens` written to the prompt cache. */
  cache_write_tokens?: number;
  /** Of sound, where that is what is paid for. */
  seconds?: number;
}

/** Billionths of a dollar per token. */
export interface Rate {
  input: number;
  output: number;
}

/** US dollars per million tokens → billionths of a dollar per token. */
const PER_TOKEN = 1_000;
const LONG: ReadonlySet<string> = new Set(LONG_PROMPT.models);

@Injectable()
export class Prices {
  private readonly catalogue = new ModelCatalogue();
  private readonly own: ReadonlyMap<string, ModelPrice>;

  /** @throws Error when PRICES_FILE has a fault */
  constructor(config: LimitsConfig) {
    this.own = readPrices(config.pricesFile);
  }

  /** A fine-tune without a price of its own costs as its base model. */
  of(model: string): ModelPrice | undefined {
    return this.own.get(model) ?? this.catalogue.price(model) ?? this.own.get(ANY_MODEL);
  }

  /** A finite set of names for metrics: what neither the catalogue nor the operator knows is `other`. */
  label(model: string): string {
    return this.own.has(model) ? model : (this.catalogue.baseName(model) ?? 'other');
  }

  /** @returns billionths of a dollar, or undefined when the price is unknown */
  cost(model: string, usage: BilledUsage, tier?: string): number | undefined {
    const price = this.of(model);
    if (price === undefined) return undefined;
    const { cached_tokens: cached = 0, cache_write_tokens: written = 0, seconds = 0 } = usage;
    const plain = Math.max(0, usage.input_tokens - cached - written);
    const input = plain * price.input + cached * price.cached + written * (price.cache_write ?? price.input);
    const long = this.factors(model, usage.input_tokens);
    const dollars = input * long.input + usage.output_tokens * price.output * long.output;
    const sound = (seconds / 60) * (price.minute ?? 0) * NANO;
    return Math.round((dollars * PER_TOKEN + sound) * tierFactor(tier));
  }

  /** The most that a token of such a call can cost; undefined when the price is unknown. */
  rate(model: string, inputTokens: number, tier?: string): Rate | undefined {
    const price = this.of(model);
    if (price === undefined) return undefined;
    const long = this.factors(model, inputTokens);
    const dearest = Math.max(price.input, price.cached, price.cache_write ?? 0);
    const each = PER_TOKEN * tierFactor(tier);
    return { input: dearest * long.input * each, output: price.output * long.output * each };
  }

  private factors(model: string, inputTokens: number): Rate {
    const base = this.own.has(model) ? undefined : this.catalogue.baseName(model);
    const long = inputTokens > LONG_PROMPT.above && base !== undefined && LONG.has(base);
    return long
      ? { input: LONG_PROMPT.input_factor, output: LONG_PROMPT.output_factor }
      : { input: 1, output: 1 };
  }
}

const tierFactor = (tier: string | undefined): number =>
  tier !== undefined && Object.hasOwn(TIER_FACTORS, tier) ? TIER_FACTORS[tier]! : 1;
