// The emulator's tokenizer: a token is optional white space and then a number with at most one letter before it, or up to
// four other characters. Not OpenAI's, but the same everywhere here: deltas, usage, limits and counts agree.

const LONGEST = 4;

/** The tokens of a text, lazily; joined they are the text. */
export function* tokensOf(text: string): Generator<string, undefined> {
  for (let start = 0; start < text.length;) {
    const end = tokenEnd(text, start);
    yield text.slice(start, end);
    start = end;
  }
  return undefined;
}

export function countTokens(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at = tokenEnd(text, at)) count += 1;
  return count;
}

/** The first `limit` tokens of a text, and whether that was all of it. */
export function cutToTokens(text: string, limit: number): { text: string; complete: boolean } {
  let end = 0;
  for (let count = 0; count < limit && end < text.length; count += 1) end = tokenEnd(text, end);
  return { text: text.slice(0, end), complete: end === text.length };
}

/** Where the token that starts at `start` ends; white space at the end of the text is a token of its own. */
function tokenEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && isSpace(text.charCodeAt(at))) at += 1;
  const numberAt = isLetter(text.charCodeAt(at)) ? at + 1 : at;
  if (isDigit(text.charCodeAt(numberAt))) {
    at = numberAt;
    while (isDigit(text.charCodeAt(at))) at += 1;
    return at;
  }
  for (let points = 0; points < LONGEST && at < text.length; points += 1) {
    const code = text.codePointAt(at)!;
    if (isSpace(code) || isDigit(code)) break;
    at += code > 0xffff ? 2 : 1;
  }
  return at;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

function isSpace(code: number): boolean {
  if (code < 128) return code === 32 || (code >= 9 && code <= 13);
  return /\s/u.test(String.fromCodePoint(code));
}
