// The emulator's tokenizer: a token is optional white space and then a number with at most one letter before it, or up to
// four other characters. Not OpenAI's, but the same everywhere here: deltas, usage, limits and counts agree.

const TOKEN = /\s*(?:[A-Za-z]?\d+|[^\s\d]{1,4})|\s+$/gu;

/** The tokens of a text, lazily; joined they are the text. */
export function* tokensOf(text: string): Generator<string, undefined> {
  for (const match of text.matchAll(TOKEN)) yield match[0];
  return undefined;
}

export function countTokens(text: string): number {
  if (text.length === 0) return 0;
  let count = 0;
  const pattern = new RegExp(TOKEN);
  while (pattern.test(text)) count += 1;
  return count;
}

/** The first `limit` tokens of a text, and whether that was all of it. */
export function cutToTokens(text: string, limit: number): { text: string; complete: boolean } {
  const pattern = new RegExp(TOKEN);
  let end = 0;
  for (let count = 0; count < limit && pattern.test(text); count += 1) end = pattern.lastIndex;
  // The pattern starts anew at 0 when it finds nothing more; `end` stays where the last token ended.
  return end >= text.length ? { text, complete: true } : { text: text.slice(0, end), complete: false };
}
