// Social security numbers of the USA: 3-2-4 digits, without the ranges that are never given out.
import type { Finding } from '../finding.js';
import type { Scan } from '../scan.js';
import { isGluedLeft, isGluedRight } from './characters.js';
import { separatorBetween, standsAlone } from './digit-groups.js';

/** https://www.ssa.gov/employer/randomization.html: no 000, 666 or 9xx, no group 00, no serial 0000. */
const VALID = /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/;
const NAMED = /(?:\bssn\b|_ssn\b|social.?security)[^\d\n]{0,32}$/i;
const LOOK_BACK = 48;

export function findSsns(scan: Scan): Finding[] {
  const { text, digitGroups: groups } = scan;
  const found: Finding[] = [];
  for (let from = 0; from < groups.length; from++) {
    const { start, end } = groups[from]!;
    const isNine = end - start === 9;
    if (!isNine && end - start !== 3) continue;
    const to = isNine ? from : from + 2;
    const last = groups[to];
    if (last === undefined || !VALID.test(digitsOf(text, start, last.end))) continue;
    const separator = isNine ? '' : separatorBetween(text, groups[from]!, groups[from + 1]!);
    if (!isNine && separator !== separatorBetween(text, groups[from + 1]!, last)) continue;
    const isNamed = () => NAMED.test(text.slice(Math.max(0, start - LOOK_BACK), start));
    if (separator !== '-' && !((separator === ' ' || isNine) && isNamed())) continue;
    const isGlued = (at: number) => (at === start ? isGluedLeft(text, at) : isGluedRight(text, at));
    if (!standsAlone(text, groups, from, to, isGlued)) continue;
    found.push({ kind: 'ssn', start, end: last.end });
    from = to;
  }
  return found;
}

/** Without separators; whatever is longer than a number with them is no number, and is not copied. */
const digitsOf = (text: string, start: number, end: number): string =>
  end - start > 11 || (end - start === 11 && !/^\d{3}\D\d{2}\D\d{4}$/.test(text.slice(start, end)))
    ? ''
    : text.slice(start, end).replace(/\D/g, '');
