// A text in the overlapping pieces that a store keeps and a search returns. Sizes are in this emulator's tokens.

import { countTokens, tokensOf } from '../text/tokens.js';
import { keywordsOf } from './keywords.js';

export interface ChunkSizes {
  max_chunk_size_tokens: number;
  chunk_overlap_tokens: number;
}

/** One piece of a file, ready to be compared. */
export interface Chunk {
  text: string;
  /** Keyword → how often it occurs here. */
  counts: ReadonlyMap<string, number>;
  /** Keywords in it, repeats included. */
  length: number;
}

/** What `auto` means at OpenAI. */
export const AUTO_SIZES: ChunkSizes = { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 };

/** Pure. The last piece may be shorter; a text of one piece is one chunk; an empty text has none. */
export function chunksOf(text: string, sizes: ChunkSizes): Chunk[] {
  if (text.trim() === '') return [];
  const { max_chunk_size_tokens: size, chunk_overlap_tokens: overlap } = sizes;
  if (text.length <= size || countTokens(text) <= size) return [toChunk(text)];
  // Where each token starts: a piece is a slice between two of them.
  const starts: number[] = [];
  let at = 0;
  for (const token of tokensOf(text)) {
    starts.push(at);
    at += token.length;
  }
  const chunks: Chunk[] = [];
  for (let first = 0; ; first += size - overlap) {
    const last = first + size;
    chunks.push(toChunk(text.slice(starts[first], starts[last] ?? text.length)));
    if (last >= starts.length) return chunks;
  }
}

function toChunk(text: string): Chunk {
  const counts = new Map<string, number>();
  const words = keywordsOf(text);
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { text, counts, length: words.length };
}
