// Classes of UTF-16 units that several detectors ask for, and what counts as the edge of a word.

const ZERO = 0x30;
const NINE = 0x39;
const UNDERSCORE = 0x5f;

export const isDigit = (unit: number): boolean => unit >= ZERO && unit <= NINE;

/**
 * Letters of scripts that put spaces between words (Latin, Greek, Cyrillic). Chinese and Japanese write a number right
 * behind a word, so their letters are no part of what follows them.
 */
export const isLetter = (unit: number): boolean =>
  ((unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a && unit < 0x80) ||
  (unit >= 0xc0 && unit <= 0x24f && unit !== 0xd7 && unit !== 0xf7) ||
  (unit >= 0x370 && unit <= 0x52f);

export const isWord = (unit: number): boolean => isDigit(unit) || isLetter(unit) || unit === UNDERSCORE;

/** Whether the unit at `at` is the letter of an escape such as `\n`: texts are also looked through inside of JSON. */
export const isEscapeLetter = (text: string, at: number): boolean =>
  at > 0 && text[at - 1] === '\\' && 'nrtbf'.includes(text[at]!);

/** Whether something that begins at `at` is glued to a word before it. */
export const isGluedLeft = (text: string, at: number): boolean =>
  at > 0 && isWord(text.charCodeAt(at - 1)) && !isEscapeLetter(text, at - 1);

/** Whether something that ends before `end` is glued to a word behind it. */
export const isGluedRight = (text: string, end: number): boolean =>
  end < text.length && isWord(text.charCodeAt(end));
