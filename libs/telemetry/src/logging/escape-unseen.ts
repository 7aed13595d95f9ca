// JSON escapes what is below U+0020. A terminal or a viewer also obeys characters above: C1 controls begin escape
// sequences, U+2028 ends lines, marks of direction turn text round. In a finished line those stand inside strings only.

const UNSEEN = /[\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** The same JSON, with those characters as `\\u…`. */
export const escapeUnseen = (line: string): string =>
  line.replace(UNSEEN, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
