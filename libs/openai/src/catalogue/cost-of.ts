// What tokens cost by the catalogue's prices. Standard tier, without the surcharge of very long prompts: a figure for
// comparing, not a bill. Pure.
import type { Usage } from '#contracts';
import type { ModelPrice } from './models.data.js';

type Tokens = Pick<Usage, 'input_tokens' | 'output_tokens' | 'cached_tokens'>;

/** US dollars. */
export function costOf(
  price: ModelPrice,
  { input_tokens, output_tokens, cached_tokens = 0 }: Tokens,
): number {
  const cached = Math.min(cached_tokens, input_tokens);
  const fresh = input_tokens - cached;
  return (fresh * price.input + cached * price.cached + output_tokens * price.output) / 1_000_000;
}
