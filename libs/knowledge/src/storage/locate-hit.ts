// Where a search's hit comes from. A hit is a piece of the rendering, cut by the provider wherever its tokens ended; the rendering says which
// words are of which dialog. Of the parts that a piece touches the one is taken that answers the question best. Pure.
import type { RenderedSpan, VconRendering } from '../vcon/vcon.js';

export interface Located {
  /** As it was said, without the index' own dressing. */
  snippet: string;
  /** Index into `dialog`; absent where it is not of one. */
  dialog?: number;
  /** Index into `analysis`. */
  analysis?: number;
}

const SNIPPET_CHARS = 300;
/** So much of a piece is enough to find it by: what was cut or joined differently is rather at the ends. */
const PROBE_CHARS = 80;
const WORD = /[\p{L}\p{N}]+/gu;
/** Whoever asks the same does not answer it: such a part counts so much less for a question. */
const ASKED = 0.6;
const UNSAID = 0.1;
/** Words of questions, not of what is asked for. */
const COMMON = new Set(
  'a an and are as at be by did do does for from had has have how i in is it many me much my of on or our she he that the their they this to was we were what when where which who whom why will with you your'.split(
    ' ',
  ),
);

export function locateHit(rendering: VconRendering, piece: string, query: string): Located {
  const { text, spans } = rendering;
  const range = rangeOf(text, piece);
  const touched =
    range === undefined ? spans : spans.filter(({ start, end }) => end > range.start && start < range.end);
  const wanted = wordsOf(query).filter((word) => !COMMON.has(word));
  const words = new Set(wanted.length > 0 ? wanted : wordsOf(query));
  const best = pick(text, touched, words, query.includes('?'));
  if (best === undefined) return { snippet: around(piece, words) };
  const { dialog, analysis } = best;
  return {
    snippet: around(spoken(text.slice(best.start, best.end)).said, words),
    ...(dialog !== undefined && { dialog }),
    ...(analysis !== undefined && { analysis }),
  };
}

/** A rare word says more than one that all parts have. @param asks whether the words are of a question */
function pick(
  text: string,
  spans: readonly RenderedSpan[],
  words: ReadonlySet<string>,
  asks: boolean,
): RenderedSpan | undefined {
  const parts = spans.map((span) => ({ span, ...spoken(text.slice(span.start, span.end)) }));
  const held = parts.map(({ from, said }) => countsOf(`${from} ${said}`, words));
  const weight = (word: string): number =>
    Math.log(1 + spans.length / held.filter((counts) => counts.has(word)).length);
  let best: { span: RenderedSpan; score: number } | undefined;
  for (const [i, { span, said }] of parts.entries()) {
    let score = 0;
    for (const [word, count] of held[i]!) score += weight(word) * (1 + Math.log(count));
    if (asks && said.trimEnd().endsWith('?')) score *= ASKED;
    // Who somebody is stands in the parties; what is looked for was said.
    if (span.dialog === undefined && span.analysis === undefined) score *= UNSAID;
    // Of two dialogs that fit a question equally, the later rather answers it.
    const later = asks && score > 0 && score === best?.score && span.dialog !== undefined;
    if (best === undefined || score > best.score || later) best = { span, score };
  }
  return best?.span;
}

function countsOf(text: string, words: ReadonlySet<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of wordsOf(text)) if (words.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/** @returns where the piece stands; undefined when it was changed on its way */
function rangeOf(text: string, piece: string): { start: number; end: number } | undefined {
  const whole = piece.trim();
  if (whole === '') return undefined;
  const at = text.indexOf(whole);
  if (at !== -1) return { start: at, end: at + whole.length };
  const middle = Math.max(0, Math.floor((whole.length - PROBE_CHARS) / 2));
  for (const from of [0, middle, whole.length - PROBE_CHARS]) {
    if (from < 0) continue;
    const found = text.indexOf(whole.slice(from, from + PROBE_CHARS));
    if (found !== -1)
      return { start: Math.max(0, found - from), end: Math.min(text.length, found - from + whole.length) };
  }
  return undefined;
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(WORD) ?? [];

/** Who said what, of a line of the rendering; those of parties say themselves. */
function spoken(line: string): { from: string; said: string } {
  try {
    const { from, text } = JSON.parse(line) as { from?: unknown; text?: unknown };
    if (typeof text === 'string') return { from: typeof from === 'string' ? from : '', said: text };
  } catch {
    // Not a line of its own.
  }
  return { from: '', said: line };
}

/** The part of a long text in which the words stand. */
function around(text: string, words: ReadonlySet<string>): string {
  if (text.length <= SNIPPET_CHARS) return text.trim();
  let at = 0;
  for (const match of text.toLowerCase().matchAll(WORD))
    if (words.has(match[0])) {
      at = match.index;
      break;
    }
  const start = Math.max(0, Math.min(at - SNIPPET_CHARS / 3, text.length - SNIPPET_CHARS));
  const cut = text
    .slice(start, start + SNIPPET_CHARS)
    .toWellFormed()
    .replaceAll('\ufffd', '');
  return `${start > 0 ? '…' : ''}${cut.trim()}${start + SNIPPET_CHARS < text.length ? '…' : ''}`;
}
