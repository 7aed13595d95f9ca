// What is known of the models that turn a text into a vector: data, like models.data.ts, of the same day.
import type { ModelPrice } from './models.data.js';

export interface EmbedderEntry {
  /** Shorter vectors can be asked for. */
  shortens: boolean;
  price: ModelPrice;
}

const price = (input: number): ModelPrice => ({ input, cached: input, output: 0 });

export const EMBEDDERS: Readonly<Record<string, EmbedderEntry>> = {
  'text-embedding-3-small': { shortens: true, price: price(0.02) },
  'text-embedding-3-large': { shortens: true, price: price(0.13) },
  'text-embedding-ada-002': { shortens: false, price: price(0.1) },
};
