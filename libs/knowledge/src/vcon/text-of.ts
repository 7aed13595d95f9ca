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
/** Nobody says so much without a blank: it is data. */
const DATA = /[A-Za-z0-9+/_=-]{120,}/g;

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
  const plain = /html/i.test(mediatype)
    ? text.replace(/<(script|style)\b[\s\S]*?<\/\1>|<[^>]*>/gi, ' ')
    : text;
  return clean(plain.split('\n'));
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
