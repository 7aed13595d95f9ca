// How many tokens a text has, by the vocabulary of OpenAI's current models; near enough for those of others. The
// vocabulary takes 70 MB, so it comes into memory with the first text for which an estimate will not do.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** A token holds at least one byte, so a text never has more tokens than bytes. */
export const mostTokens = (text: string): number => Buffer.byteLength(text);

/** What merging costs grows with the square of a word: longer ones are cut, at the price of a token each. */
const WORD_CHARS = 128;
const LONG_WORD = new RegExp(`\\S{${WORD_CHARS}}`);
/** Words with the blanks before them, as the tokenizer itself sees them. */
const BOUNDED_WORDS = new RegExp(`\\s{0,${WORD_CHARS}}\\S{1,${WORD_CHARS}}|\\s{1,${WORD_CHARS}}`, 'g');
/** Counted before others get their turn; a few ms. */
const TURN_CHARS = 32 * 1024;

type Count = (text: string) => number;
let counting: Promise<Count> | undefined;

async function load(): Promise<Count> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
  // Words that mean something to the model's own format are plain text here.
  const options = { disallowedSpecial: new Set<string>() };
  return (text) => countTokens(text, options);
}

/** Never holds up the event loop for more than a few ms, whatever the text. */
export async function countTokens(text: string): Promise<number> {
  counting ??= load();
  const count = await counting;
  let tokens = 0;
  for (let at = 0; at < text.length; at += TURN_CHARS) {
    if (at > 0) await nextTurn();
    for (const piece of inPieces(text.slice(at, at + TURN_CHARS))) tokens += count(piece);
  }
  return tokens;
}

/**
 * The end of a text that fits, which in a conversation is what matters most.
 * @returns the text itself when it fits
 */
export async function newestTokens(text: string, budget: number): Promise<string> {
  if (mostTokens(text) <= budget) return text;
  let [left, from] = [budget, text.length];
  while (from > 0) {
    const start = Math.max(0, from - TURN_CHARS / 8);
    const tokens = await countTokens(text.slice(start, from));
    if (tokens > left) break;
    left -= tokens;
    from = start;
    await nextTurn();
  }
  return text.slice(from).replace(/^[\uDC00-\uDFFF]/, '');
}

function inPieces(text: string): string[] {
  if (!LONG_WORD.test(text)) return [text];
  return text.match(BOUNDED_WORDS) ?? [];
}
