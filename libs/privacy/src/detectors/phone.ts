// Phone numbers. International ones tell themselves; at home written ones are told by their grouping, or by a word before them.
// Each number is tried from its first group on, with at most eight groups, so the cost is bounded by what is there to read.
import type { Finding } from '../finding.js';
import type { Scan } from '../scan.js';
import { isDigit, isGluedLeft, isGluedRight, isWord } from './characters.js';
import { isSpace, separatorBetween } from './digit-groups.js';
import { isDate, isInternational, isNational } from './phone-plan.js';
import { meaningBefore, type Meaning } from './phone-words.js';

const MOST_GROUPS = 8;
const MOST_DIGITS = 17;
const NAMED = { least: 7, most: 13 };

/** Groups that separators join, beginning with the group `from`. */
interface Chain {
  text: string;
  groups: Scan['digitGroups'];
  from: number;
  /** `separators[i]` stands before the group `from + i + 1`. */
  separators: string[];
}

export function findPhones(scan: Scan): Finding[] {
  const { text, digitGroups: groups } = scan;
  const found: Finding[] = [];
  for (let from = 0; from < groups.length; from++) {
    const { start } = groups[from]!;
    const plus = text[start - 1] === '+' && !isGluedLeft(text, start - 1);
    if (!plus && (isGluedLeft(text, start) || isJoinedLeft(scan, from) || isPiece(text, start))) continue;
    const chain = chainFrom(scan, from);
    const to = lastOfPhone(chain, plus);
    if (to === undefined) continue;
    found.push({ kind: 'phone', start: beginning(text, start, groups[to]!.end, plus), end: groups[to]!.end });
    from = to;
  }
  return found;
}

const isJoinedLeft = ({ text, digitGroups }: Scan, at: number): boolean =>
  at > 0 && separatorBetween(text, digitGroups[at - 1]!, digitGroups[at]!) !== undefined;

/** `SN-2026`, `v.2026`, `#2026`, `-2026`: the rest of something. */
const isPiece = (text: string, start: number): boolean =>
  (/[-.\u2011]/.test(text[start - 1] ?? '') && start > 1 && isGluedLeft(text, start - 1)) ||
  text[start - 1] === '#';

/** With the plus, and with the bracket around an area code when it is closed inside. */
function beginning(text: string, start: number, end: number, plus: boolean): number {
  const first = plus ? start - 1 : start;
  return text[first - 1] === '(' && text.slice(first, end).includes(')') ? first - 1 : first;
}

function chainFrom({ text, digitGroups: groups }: Scan, from: number): Chain {
  const separators: string[] = [];
  while (separators.length < MOST_GROUPS - 1 && from + separators.length + 1 < groups.length) {
    const left = groups[from + separators.length]!;
    const separator = separatorBetween(text, left, groups[from + separators.length + 1]!);
    if (separator === undefined) break;
    separators.push(separator);
  }
  return { text, groups, from, separators };
}

/** The longest beginning of the chain that is a number and ends where something else may begin. */
function lastOfPhone(chain: Chain, plus: boolean): number | undefined {
  const { text, groups, from } = chain;
  let meaning: Meaning | null = null;
  for (let to = from + chain.separators.length; to >= from; to--) {
    const separators = chain.separators.slice(0, to - from).join('');
    if (groups[to]!.end - groups[from]!.start - separators.length > MOST_DIGITS) continue;
    if (isGluedRight(text, groups[to]!.end) || !mayEnd(chain, to, plus)) continue;
    const written = groups.slice(from, to + 1).map(({ start, end }) => text.slice(start, end));
    const digits = written.join('');
    if (
      plus
        ? isInternational(digits)
        : digits.startsWith('00') && digits.length > 9 && isInternational(digits.slice(2))
    )
      return to;
    if (plus || digits.length < NAMED.least || digits.length > NAMED.most) continue;
    const grouping = written.map((group) => group.length).join('-');
    if (isDate(grouping, digits) || /^0+$/.test(digits)) continue;
    if (meaning === null) meaning = meaningBefore(text, groups[from]!.start);
    if (meaning === 'other') return undefined;
    if (meaning === 'phone' || isNational(grouping, digits, opening(chain) + separators)) return to;
    if (meaning === 'call' && (written.length > 1 || digits.length === 10)) return to;
  }
  return undefined;
}

const opening = ({ text, groups, from }: Chain): string => (text[groups[from]!.start - 1] === '(' ? '(' : '');

/** At the end of the chain, or before a space; an international number may also be followed by an extension. */
function mayEnd({ text, groups, from, separators }: Chain, to: number, plus: boolean): boolean {
  const separator = separators[to - from];
  if (separator !== undefined) return isSpace(separator) || (plus && /^\s?[-/(]/.test(separator));
  const { end } = groups[to]!;
  const after = text.charCodeAt(end + 1);
  // 10:30 is a time, 67-89-AB the middle of an address.
  return !(text[end] === ':' && isDigit(after)) && !(text[end] === '-' && isWord(after));
}
