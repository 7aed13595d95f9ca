// Keys and tokens that open something: told by their issuers' prefixes, by the word Bearer, or by where they stand in a URL.
import type { Finding } from '../finding.js';
import { isEscapeLetter, isWord } from './characters.js';

/** Every repetition has a bound and every pattern begins with a literal, so that no text costs more than a few steps a unit. */
export const SECRET_PATTERNS: readonly RegExp[] = [
  /(?:sk-[\w-]{20,255}|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255}|xox[a-z]-[A-Za-z0-9-]{10,255}|eyJ(?<=(?:^|[^\w-]|\\[nrtbf])eyJ)[\w-]{5,4096}\.eyJ[\w-]{2,8192}\.[\w-]{10,2048})/dg,
  /bearer\s{1,4}([\w.~+/-]{16,4096}={0,2})/dgi,
  /:\/\/[^\s/:@]{0,64}:([^\s/@:]{3,128})@/dg,
];
const PEM_BEGIN = '-----BEGIN ';
const PEM_LABEL = /^[A-Z0-9 ]{0,24}PRIVATE KEY-----/;
const PEM_END = 'PRIVATE KEY-----';

export function findSecrets({ text }: { text: string }): Finding[] {
  const found = [...findPrivateKeys(text)];
  for (const pattern of SECRET_PATTERNS)
    for (const match of text.matchAll(pattern)) {
      const [start, end] = match.indices![1] ?? match.indices![0]!;
      if (isWholeSecret(text, match.index) && isRandom(text.slice(start, end), pattern))
        found.push({ kind: 'secret', start, end });
    }
  return withoutOverlaps(found);
}

const isWholeSecret = (text: string, start: number): boolean =>
  start === 0 ||
  text[start] === ':' ||
  !isWord(text.charCodeAt(start - 1)) ||
  isEscapeLetter(text, start - 1);

/** `sk-` also begins words joined by hyphens, and `Bearer` sentences: those have no digits, and words no capitals. */
function isRandom(secret: string, pattern: RegExp): boolean {
  if (pattern === SECRET_PATTERNS[1]) return /\d/.test(secret);
  return (
    !secret.startsWith('sk-') || (/\d/.test(secret) && (/[A-Z]/.test(secret) || /[0-9a-f]{24}/.test(secret)))
  );
}

/** Once no end is found there is none for later beginnings either, and the search is over. */
function* findPrivateKeys(text: string): Generator<Finding> {
  for (let start = text.indexOf(PEM_BEGIN); start !== -1;) {
    const label = PEM_LABEL.exec(text.slice(start + PEM_BEGIN.length, start + PEM_BEGIN.length + 48))?.[0];
    let end = start + PEM_BEGIN.length;
    if (label !== undefined) {
      const marker = text.indexOf('-----END ', end + label.length);
      const close = marker === -1 ? -1 : text.indexOf(PEM_END, marker);
      if (close === -1) return;
      end = close + PEM_END.length;
      yield { kind: 'secret', start, end };
    }
    start = text.indexOf(PEM_BEGIN, end);
  }
}

/** The earlier one stays, and of two that begin together the longer. */
function withoutOverlaps(found: Finding[]): Finding[] {
  let edge = 0;
  return found
    .sort((left, right) => left.start - right.start || right.end - left.end)
    .filter(({ start, end }) => start >= edge && (edge = end) > 0);
}
