// The same for JSON, such as the arguments of a tool call: strings are looked at as what they say, not as how they are escaped, and
// what comes out is JSON again.
import type { Finding } from './finding.js';
import type { PersonalDataMasker } from './personal-data-masker.js';
import { PLACEHOLDER, type PlaceholderKind } from './placeholder.js';

/** A string, or what stands between strings. One class and one alternative a unit: no way back, so no text is slow. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[^"]+/g;

/**
 * Masks keys and values. A number that is personal data becomes a string, and comes back as one.
 * @param json what is no JSON is masked as plain text
 */
export function maskJson(masker: PersonalDataMasker, json: string): string {
  if (!isJson(json)) return masker.mask(json);
  const tokens = json.match(TOKENS) ?? [];
  // One text with the strings decoded, so that the key before a number still says what it is.
  const texts = tokens.map((token) => (token.startsWith('"') ? `"${JSON.parse(token) as string}"` : token));
  const findings = masker.find(texts.join(''));
  let next = 0;
  let offset = 0;
  return tokens
    .map((token, i) => {
      const text = texts[i]!;
      const [inner, edge] = token.startsWith('"') ? [text.slice(1, -1), 1] : [text, 0];
      const inside: Finding<PlaceholderKind>[] = [];
      while (next < findings.length && findings[next]!.start < offset + text.length) {
        const { kind, start, end } = findings[next]!;
        const from = Math.max(0, start - offset - edge);
        const to = Math.min(inner.length, end - offset - edge);
        if (from < to) inside.push({ kind, start: from, end: to });
        if (end > offset + text.length) break;
        next++;
      }
      offset += text.length;
      if (inside.length === 0) return token;
      return edge === 1 ? JSON.stringify(masker.replace(inner, inside)) : maskNumbers(masker, inner, inside);
    })
    .join('');
}

/** Each value is escaped as it must be inside of a JSON string, which is where JSON can hold a placeholder. */
export function restoreJson(masker: PersonalDataMasker, json: string): string {
  return json.replace(PLACEHOLDER, (placeholder) => {
    const value = masker.book.valueOf(placeholder);
    return value === undefined ? placeholder : JSON.stringify(value).slice(1, -1);
  });
}

/** A number with personal data in it is replaced as a whole, with its sign and fraction: a piece of it would leave no JSON. */
function maskNumbers(
  masker: PersonalDataMasker,
  text: string,
  findings: readonly Finding<PlaceholderKind>[],
): string {
  let next = 0;
  return text.replace(/[-+.\deE]+/g, (number, start: number) => {
    while (next < findings.length && findings[next]!.end <= start) next++;
    const finding = findings[next];
    return finding === undefined || finding.start >= start + number.length
      ? number
      : JSON.stringify(masker.replace(number, [{ kind: finding.kind, start: 0, end: number.length }]));
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // a model may end in the middle of its arguments
  }
}
