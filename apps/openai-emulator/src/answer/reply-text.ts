// Words of an answer, built from the request and nothing else.

import { parseScript } from '../directives/parse-script.js';
import type { Turn } from './turns.js';
import { lastUserIndex } from './turns.js';

const STOP_WORDS = new Set(
  'a an and are at be do for from have how i in is it me my of on or our please tell that the this to was we what when where which who why will with you your'.split(
    ' ',
  ),
);
const MAX_ECHOES = 3;

/** `You said: …`, and earlier user messages that share a word with this one. After tool calls: what the tools said. */
export function replyText(turns: readonly Turn[]): string {
  const last = lastUserIndex(turns);
  const outputs = turns.slice(last + 1).filter((turn) => turn.kind === 'output');
  if (outputs.length > 0) return `The tools said: ${outputs.map((turn) => turn.text).join(' | ')}`;
  const turn = turns[last];
  if (turn?.kind !== 'message') return 'You said nothing.';
  const said = parseScript(turn.text).plain;
  const seen = [plural(turn.images, 'image'), plural(turn.files, 'file')].filter((part) => part !== '');
  const attachments = seen.length > 0 ? ` (with ${seen.join(' and ')})` : '';
  const related = relatedTo(said, userTexts(turns.slice(0, last)));
  const memory = related.length > 0 ? `\nEarlier you said: ${related.join(' | ')}` : '';
  return `You said: ${said}${attachments}${memory}`;
}

/** Every earlier user message, numbered; for `[[recall]]`. */
export function recallText(turns: readonly Turn[]): string {
  const earlier = userTexts(turns.slice(0, Math.max(0, lastUserIndex(turns))));
  if (earlier.length === 0) return 'You said nothing before.';
  return earlier.map((text, index) => `${index + 1}. ${text}`).join('\n');
}

/** `1 2 3 …`: one token a number, so that order and loss can be seen. */
export function countingText(count: number): string {
  const parts = Array.from({ length: count }, (_, index) => String(index + 1));
  return parts.join(' ');
}

function userTexts(turns: readonly Turn[]): string[] {
  return turns
    .filter((turn) => turn.kind === 'message' && turn.role === 'user')
    .map((turn) => (turn.kind === 'message' ? parseScript(turn.text).plain || turn.text.trim() : ''));
}

function relatedTo(question: string, earlier: readonly string[]): string[] {
  if (earlier.length === 0) return [];
  const wanted = keywords(question);
  if (wanted.size === 0) return [];
  return earlier.filter((text) => [...keywords(text)].some((word) => wanted.has(word))).slice(-MAX_ECHOES);
}

function keywords(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => !STOP_WORDS.has(word)));
}

function plural(count: number, noun: string): string {
  if (count === 0) return '';
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
