// The words in a part of a vCon: its text, or the texts inside its JSON. Media, hashes and keys are no words.
import { isPlainObject } from '#contracts';
import { mailText } from './mail-text.js';

interface Part {
  mediatype?: string;
  body?: unknown;
  encoding?: string;
}

/** Members of transcripts and summaries that hold what was said, in the order in which they are looked for. */
const SAID = ['text', 'message', 'transcript', 'summary', 'content', 'body', 'utterance'] as const;
const SPEAKER = ['speaker', 'name', 'role'] as const;
/** Lists of what was said piece by piece; a text beside them says the same once more. */
const PIECES = ['segments', 'utterances', 'messages', 'turns', 'dialog', 'results', 'sentences'] as const;
const DEEP = 8;
/** Nobody says so much without a blank: it is data. In two pieces, because one with `{120,}` overflows the stack where there is much of it. */
const DATA = /[A-Za-z0-9+/_=-]{120}[A-Za-z0-9+/_=-]*/g;

/** Lines of what was said or written; empty where there are no words. */
export function textOf({ mediatype = '', body, encoding }: Part): string[] {
  if (body === undefined || body === null) return [];
  if (encoding === 'base64url') return isText(mediatype) ? words(decoded(body), mediatype) : [];
  if (typeof body !== 'string') return linesOf(body, 0);
  if (mediatype !== '' && !isText(mediatype)) return [];
  return words(body, encoding === 'json' ? 'application/json' : mediatype);
}

function words(text: string, mediatype: string): string[] {
  if (/^multipart\//i.test(mediatype)) return clean(mailText(text, mediatype).split('\n'));
  if (/json/i.test(mediatype) || /^\s*[[{]/.test(text)) {
    try {
      return linesOf(JSON.parse(text), 0);
    } catch {
      // Only looks like JSON.
    }
  }
  return clean((/html/i.test(mediatype) ? withoutTags(text) : text).split('\n'));
}

/** In one pass: a pattern that looks again and again for an end that never comes takes minutes for what somebody made so. */
function withoutTags(html: string): string {
  const endless = new Set<string>();
  let plain = '';
  let at = 0;
  for (;;) {
    const open = html.indexOf('<', at);
    const end = open === -1 ? -1 : (endOfCode(html, open, endless) ?? html.indexOf('>', open) + 1);
    if (end < 1) return plain + html.slice(at);
    plain += `${html.slice(at, open)} `;
    at = end;
  }
}

/** What stands between the tags of scripts and styles is no words either. @param endless tags that are not closed any more */
function endOfCode(html: string, open: number, endless: Set<string>): number | undefined {
  const [, name] = /^<(script|style)\b/i.exec(html.slice(open, open + 8)) ?? [];
  const tag = name?.toLowerCase();
  if (tag === undefined || endless.has(tag)) return undefined;
  const close = new RegExp(`</${tag}>`, 'gi');
  close.lastIndex = open;
  if (close.test(html)) return close.lastIndex;
  endless.add(tag);
  return undefined;
}

function linesOf(value: unknown, depth: number): string[] {
  if (typeof value === 'string') return clean([value]);
  if (depth > DEEP) return [];
  if (Array.isArray(value)) return value.flatMap((one) => linesOf(one, depth + 1));
  if (!isPlainObject(value)) return [];
  for (const name of PIECES) {
    const pieces = value[name];
    if (Array.isArray(pieces) && pieces.length > 0) {
      const lines = linesOf(pieces, depth + 1);
      if (lines.length > 0) return lines;
    }
  }
  const speaker = SPEAKER.map((name) => value[name]).find((one) => typeof one === 'string');
  for (const name of SAID) {
    if (value[name] === undefined) continue;
    const lines = linesOf(value[name], depth + 1);
    if (lines.length > 0)
      return speaker === undefined ? lines : [`${speaker as string}: ${lines[0]!}`, ...lines.slice(1)];
  }
  // A word list, such as key points by topic.
  return Object.entries(value).flatMap(([name, one]) =>
    Array.isArray(one) || isPlainObject(one)
      ? linesOf(one, depth + 1)
      : typeof one === 'string'
        ? clean([`${name}: ${one}`])
        : [],
  );
}

const clean = (lines: readonly string[]): string[] =>
  lines.map((line) => line.replace(DATA, '[…]').trim()).filter((line) => line !== '');

const isText = (mediatype: string): boolean => /^(?:text|multipart)\/|json/i.test(mediatype);

const decoded = (body: unknown): string =>
  typeof body === 'string' ? Buffer.from(body, 'base64url').toString('utf8') : '';
