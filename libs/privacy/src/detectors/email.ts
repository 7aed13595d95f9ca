// E-mail addresses, from each @ outwards: the cost is what stands between two of them, at most 64 + 253 units.
import type { Finding } from '../finding.js';
import { isDigit, isEscapeLetter, isLetter } from './characters.js';

const MOST_LOCAL = 64;
const MOST_DOMAIN = 253;
const LOCAL_MARKS = new Set("._%+-'&");
const DOMAIN_MARKS = new Set('.-');
/** `icon@2x.png` is a file. */
const FILE_ENDINGS = new Set(
  'png jpg jpeg gif webp svg avif ico css js ts mjs cjs json html pdf txt xml'.split(' '),
);

export function findEmails({ text }: { text: string }): Finding[] {
  const found: Finding[] = [];
  let edge = 0;
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const start = localStart(text, at, edge);
    const end = start < at ? domainEnd(text, at + 1) : at;
    if (end <= at + 1 || isOfUrl(text, start, at, end)) continue;
    found.push({ kind: 'email', start, end });
    edge = end;
  }
  return found;
}

function localStart(text: string, at: number, edge: number): number {
  const least = Math.max(edge, at - MOST_LOCAL);
  let start = at;
  while (start > least && belongs(text, start - 1, LOCAL_MARKS)) start--;
  if (isEscapeLetter(text, start)) start++;
  while (start < at && LOCAL_MARKS.has(text[start]!)) start++;
  return text[at - 1] === '.' ? at : start;
}

/** @returns `from` when no domain with a top level begins there */
function domainEnd(text: string, from: number): number {
  const most = Math.min(text.length, from + MOST_DOMAIN);
  let end = from;
  while (end < most && belongs(text, end, DOMAIN_MARKS)) end++;
  const labels = text.slice(from, end).split('.');
  if (labels[0] === '' || labels[0]!.startsWith('-')) return from;
  const empty = labels.indexOf('');
  for (let count = empty === -1 ? labels.length : empty; count > 1; count--) {
    const top = labels[count - 1]!.replace(/-.*$/, '').toLowerCase();
    if (!isTopLevel(labels[count - 1]!.toLowerCase(), top)) continue;
    const kept = labels.slice(0, count - 1).join('.').length + 1;
    return from + kept + (labels[count - 1]!.startsWith('xn--') ? labels[count - 1]!.length : top.length);
  }
  return from;
}

const isTopLevel = (label: string, top: string): boolean =>
  /^xn--[a-z0-9-]{2,59}$/.test(label) || (/^\p{L}{2,63}$/u.test(top) && !FILE_ENDINGS.has(top));

/** `https://ada:pass@host` and `git@host:path` say how to reach a host. */
function isOfUrl(text: string, start: number, at: number, end: number): boolean {
  if (text.slice(start, at) === 'git' && (text[end] === ':' || text[end] === '/')) return true;
  const before = text.slice(Math.max(0, start - MOST_LOCAL), start);
  return /:\/\/(?:[^\s/@:]{0,64}:)?$/.test(before) && !/mailto:\/\/$/i.test(before);
}

function belongs(text: string, at: number, marks: ReadonlySet<string>): boolean {
  const unit = text.charCodeAt(at);
  return isLetter(unit) || isDigit(unit) || marks.has(text[at]!);
}
