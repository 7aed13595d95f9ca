// Keyword search over the chunks of stores: BM25 brought to 0..1. It finds no meaning, only words, but what it finds and in
// which order is the same every time.

import type { FileHit } from '../answer/turns.js';
import type { Chunk } from './chunks.js';
import type { Filter } from './filters.js';
import { keywordsOf } from './keywords.js';
import type { VectorStore } from './vector-store.js';

export interface SearchRequest {
  queries: readonly string[];
  filter: Filter | undefined;
  /** Hits at most. */
  limit: number;
  /** Hits below are left out, and always those without a common word. */
  threshold: number;
}

/** How fast a repeated word stops to count, and how much long chunks are held back: the usual values. */
const K1 = 1.2;
const B = 0.75;

/** Best first; of equal ones the earlier. Chunks of files that are not indexed yet are not seen. */
export function search(stores: readonly VectorStore[], request: SearchRequest): FileHit[] {
  const entries = stores.flatMap((store) =>
    [...store.files.values()].flatMap((file) => file.chunks.map((chunk) => ({ file, chunk }))),
  );
  const all = entries.map(({ chunk }) => chunk);
  const meanLength = all.reduce((sum, { length }) => sum + length, 0) / Math.max(1, all.length);
  const questions = request.queries.map((query) => weigh(query, all));
  const hits: FileHit[] = [];
  for (const { file, chunk } of entries) {
    if (request.filter?.(file.attributes) === false) continue;
    const score = Math.max(0, ...questions.map((question) => scoreOf(chunk, question, meanLength)));
    if (score === 0 || score < request.threshold) continue;
    const { id: file_id, filename, attributes } = file;
    hits.push({ file_id, filename, score, attributes, text: chunk.text });
  }
  return hits.sort((a, b) => b.score - a.score).slice(0, request.limit);
}

/** Keyword → its weight: a word that few chunks have says more. */
function weigh(query: string, chunks: readonly Chunk[]): Map<string, number> {
  const weights = new Map<string, number>();
  for (const word of keywordsOf(query)) {
    if (weights.has(word)) continue;
    const having = chunks.reduce((sum, { counts }) => sum + (counts.has(word) ? 1 : 0), 0);
    weights.set(word, Math.log(1 + (chunks.length - having + 0.5) / (having + 0.5)));
  }
  return weights;
}

function scoreOf(chunk: Chunk, question: ReadonlyMap<string, number>, meanLength: number): number {
  let score = 0;
  let most = 0;
  for (const [word, weight] of question) {
    most += weight * (K1 + 1);
    const count = chunk.counts.get(word) ?? 0;
    if (count === 0) continue;
    score += (weight * count * (K1 + 1)) / (count + K1 * (1 - B + (B * chunk.length) / meanLength));
  }
  return most === 0 ? 0 : Math.round((score / most) * 10_000) / 10_000;
}
