// IPv4 and IPv6 addresses that may lead to somebody; not the loopback, the unspecified address or netmasks, and no version numbers.
import { isIPv6 } from 'node:net';
import type { Finding } from '../finding.js';
import { isGluedLeft, isWord } from './characters.js';

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`(?<![\\w.])(?:${OCTET}\\.){3}${OCTET}(?![\\w-]|\\.\\d)`, 'g');
const NOBODY = /^(?:127\.|0\.0\.0\.0$|255\.)/;
/** `version 1.2.3.4`, `Chrome/119.0.0.0`, `§ 3.2.1.4`: dotted numbers that are no addresses. */
const VERSION =
  /(?:\b(?:v|ver|version|versión|versione|versie|release|section|chapter|article|abschnitt|kapitel|build|driver|firmware|oid|clause|rev)[.:=\s"']{0,4}|[A-Za-z]\/|§ ?)$/iu;
const LOOK_BACK = 16;
const MOST_IPV6 = 45;
const HEX = /[0-9a-f]/i;

export function findIps({ text }: { text: string }): Finding[] {
  const sixes = findIpv6(text);
  const fours = findIpv4(text).filter(
    ({ start }) => !sixes.some((six) => start >= six.start && start < six.end),
  );
  return [...sixes, ...fours].sort((left, right) => left.start - right.start);
}

function findIpv4(text: string): Finding[] {
  const found: Finding[] = [];
  for (const { 0: address, index: start } of text.matchAll(IPV4)) {
    if (NOBODY.test(address) || VERSION.test(text.slice(Math.max(0, start - LOOK_BACK), start))) continue;
    found.push({ kind: 'ip', start, end: start + address.length });
  }
  return found;
}

/** From each colon outwards; what was looked at is not looked at again. */
function findIpv6(text: string): Finding[] {
  const found: Finding[] = [];
  for (let colon = text.indexOf(':'); colon !== -1;) {
    let start = colon;
    while (start > 0 && colon - start < 4 && HEX.test(text[start - 1]!)) start--;
    let end = colon;
    while (end < text.length && end - start < MOST_IPV6 && /[0-9a-f:.]/i.test(text[end]!)) end++;
    const run = end;
    while (end > colon && (text[end - 1] === '.' || (text[end - 1] === ':' && text[end - 2] !== ':'))) end--;
    if (isSomebody(text.slice(start, end)) && !isGlued(text, start, end))
      found.push({ kind: 'ip', start, end });
    colon = text.indexOf(':', Math.max(run, colon + 1));
  }
  return found;
}

/** At least two groups and a digit: `::a` is seen in programs, not in networks. */
const isSomebody = (address: string): boolean =>
  (address.length > 5 && /\d/.test(address) && /[0-9a-f]:.*[0-9a-f]/i.test(address) && isIPv6(address)) ||
  (/^::ffff:(?!127\.)\d/i.test(address) && isIPv6(address));

const isGlued = (text: string, start: number, end: number): boolean =>
  isGluedLeft(text, start) || text[start - 1] === ':' || (end < text.length && isWord(text.charCodeAt(end)));
