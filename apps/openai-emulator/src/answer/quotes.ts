// What an answer says of the files that were searched: the line of each that fits best, and where it stands in the text.

import { keywordsOf } from '../vector-stores/keywords.js';
import type { FileHit } from './turns.js';

export interface Citation {
  file_id: string;
  filename: string;
  /** Where in the text it belongs: the end of what it backs. */
  index: number;
}

const MOST_FILES = 3;
const MOST_CHARS = 300;

/** Pure: one line a file, best first; says so when nothing was found. */
export function quotesText(query: string, hits: readonly FileHit[]): { text: string; citations: Citation[] } {
  const citations: Citation[] = [];
  let text = '';
  for (const hit of bestOfFiles(hits)) {
    text += `${text === '' ? '' : '\n'}According to ${hit.filename}: ${quote(query, hit.text)}`;
    citations.push({ file_id: hit.file_id, filename: hit.filename, index: text.length });
  }
  return { text: text === '' ? 'The files say nothing about it.' : text, citations };
}

/** The files behind a text that somebody else wrote. */
export function citationsBehind(text: string, hits: readonly FileHit[]): Citation[] {
  return bestOfFiles(hits).map(({ file_id, filename }) => ({ file_id, filename, index: text.length }));
}

function bestOfFiles(hits: readonly FileHit[]): FileHit[] {
  const first = new Map<string, FileHit>();
  for (const hit of hits) if (!first.has(hit.file_id)) first.set(hit.file_id, hit);
  return [...first.values()].slice(0, MOST_FILES);
}

function quote(query: string, text: string): string {
  const wanted = new Set(keywordsOf(query));
  const lines = text.split(/\n+|(?<=[.!?])\s+/).filter((line) => line.trim() !== '');
  let best = lines[0] ?? '';
  let most = -1;
  for (const line of lines) {
    const common = new Set(keywordsOf(line).filter((word) => wanted.has(word))).size;
    if (common > most) [best, most] = [line, common];
  }
  return [...best.trim()].slice(0, MOST_CHARS).join('');
}
