// Payment cards: the groupings that are printed on cards, the issuers' prefixes with their lengths, and Luhn's check digit.
import type { Finding } from '../finding.js';
import type { Scan } from '../scan.js';
import { isGluedLeft, isGluedRight } from './characters.js';
import { separatorBetween, standsAlone } from './digit-groups.js';

const GROUPINGS = [
  [4, 4, 4, 4, 3],
  [4, 4, 4, 4],
  [4, 6, 5],
  [4, 6, 4],
];
const SINGLE = { least: 14, most: 19 };
const SEPARATORS = new Set([' ', '-', '\u00a0', '\u2011']);
/** Visa's 13 digits are no longer given out and look like an EAN. ISO/IEC 7812 ranges as the networks publish them. */
const ISSUERS = [
  /^4(?:\d{15}|\d{18})$/,
  /^(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}$/,
  /^3[47]\d{13}$/,
  /^(?:6011|65\d{2}|64[4-9]\d)\d{12,15}$/,
  /^3(?:0[0-5]|[689]\d)\d{11,16}$/,
  /^35(?:2[89]|[3-8]\d)\d{12,15}$/,
  /^62\d{14,17}$/,
  /^(?:50|5[6-8]|6304|67[0-9]{2})\d{10,17}$/,
  /^220[0-4]\d{12,15}$/,
];

export function findCards(scan: Scan): Finding[] {
  const { text, digitGroups: groups } = scan;
  const found: Finding[] = [];
  for (let from = 0; from < groups.length; from++) {
    const to = lastOfCard(text, groups, from);
    if (to === undefined) continue;
    found.push({ kind: 'card', start: groups[from]!.start, end: groups[to]!.end });
    from = to;
  }
  return found;
}

function lastOfCard(text: string, groups: Scan['digitGroups'], from: number): number | undefined {
  const length = groups[from]!.end - groups[from]!.start;
  const next = groups[from + 1];
  // Most groups of four are years.
  if (length === 4 && (next === undefined || next.start - groups[from]!.end !== 1)) return undefined;
  if (length === 4)
    return GROUPINGS.map((lengths) => from + lengths.length - 1).find(
      (to, i) => isGrouped(text, groups, from, GROUPINGS[i]!) && isCard(text, groups, from, to),
    );
  return length >= SINGLE.least && length <= SINGLE.most && isCard(text, groups, from, from)
    ? from
    : undefined;
}

function isGrouped(
  text: string,
  groups: Scan['digitGroups'],
  from: number,
  lengths: readonly number[],
): boolean {
  if (from + lengths.length > groups.length) return false;
  const separator = separatorBetween(text, groups[from]!, groups[from + 1]!);
  if (separator === undefined || !SEPARATORS.has(separator)) return false;
  return lengths.every((length, i) => {
    const { start, end } = groups[from + i]!;
    return (
      end - start === length &&
      (i === 0 || separatorBetween(text, groups[from + i - 1]!, groups[from + i]!) === separator)
    );
  });
}

function isCard(text: string, groups: Scan['digitGroups'], from: number, to: number): boolean {
  const digits = groups
    .slice(from, to + 1)
    .map(({ start, end }) => text.slice(start, end))
    .join('');
  const isGlued = (at: number) =>
    at === groups[from]!.start ? isGluedLeft(text, at) : isGluedRight(text, at);
  return (
    ISSUERS.some((issuer) => issuer.test(digits)) &&
    hasLuhnDigit(digits) &&
    standsAlone(text, groups, from, to, isGlued)
  );
}

/** ISO/IEC 7812-1, annex B. */
export function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 0x30;
    const weighed = i % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
