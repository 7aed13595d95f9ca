// Runs of ASCII digits and how they are joined: what phone numbers, cards and social security numbers are made of. One step a unit.
import { isDigit } from './characters.js';

export interface DigitGroup {
  start: number;
  end: number;
}

const SEPARATORS = new Set(' \u00a0.-/()\u2010\u2011\u2013');
const MOST_SEPARATORS = 3;

export function findDigitGroups(text: string): DigitGroup[] {
  const groups: DigitGroup[] = [];
  const { length } = text;
  for (let at = 0; at < length; at++) {
    if (!isDigit(text.charCodeAt(at))) continue;
    const start = at;
    while (at < length && isDigit(text.charCodeAt(at))) at++;
    groups.push({ start, end: at });
  }
  return groups;
}

/** What stands between two groups when it only separates them, as in `(415) 555`; else undefined. */
export function separatorBetween(text: string, left: DigitGroup, right: DigitGroup): string | undefined {
  const length = right.start - left.end;
  if (length > MOST_SEPARATORS) return undefined;
  for (let at = left.end; at < right.start; at++) if (!SEPARATORS.has(text[at]!)) return undefined;
  return text.slice(left.end, right.start);
}

export const isSpace = (separator: string | undefined): boolean =>
  separator === ' ' || separator === '\u00a0';

/**
 * Whether groups `from` to `to` (both included) stand for themselves: glued to no word, and not a piece of a longer number.
 * A neighbour behind a space is another number; behind a hyphen or a dot it is the rest of this one.
 */
export function standsAlone(
  text: string,
  groups: readonly DigitGroup[],
  from: number,
  to: number,
  isGlued: (at: number) => boolean,
): boolean {
  const first = groups[from]!;
  const last = groups[to]!;
  if (isGlued(first.start) || isGlued(last.end)) return false;
  const before = from > 0 ? separatorBetween(text, groups[from - 1]!, first) : undefined;
  const behind = to + 1 < groups.length ? separatorBetween(text, last, groups[to + 1]!) : undefined;
  return (before === undefined || isSpace(before)) && (behind === undefined || isSpace(behind));
}
