// How the indexing of one file goes: for how long, and what comes of it. Decided when the file is attached, by its name and
// content, by directives, and by the settings.

import { extname } from 'node:path';

import type { VectorStoreFile } from 'openai/resources/vector-stores/files';

import { findDirectives } from '../directives/find-directives.js';
import type { Settings } from '../settings.js';
import { countTokens } from '../text/tokens.js';

type LastError = VectorStoreFile.LastError;

export interface Indexing {
  /** How often a client still sees `in_progress` when it asks; never ends where it is infinite. */
  looks: number;
  /** ms of the emulator's clock. */
  notBefore: number;
  /** What is found in the file, or why nothing is. */
  result: { text: string } | { error: LastError };
}

/** Of OpenAI's table; everything else is `unsupported_file`. */
const SUPPORTED = new Set(
  `.c .cpp .cs .css .doc .docx .go .html .java .js .json .md .pdf .php .pptx .py .rb .sh .tex .ts .txt`.split(
    ' ',
  ),
);
const ERROR_CODES: readonly string[] = [
  'server_error',
  'unsupported_file',
  'invalid_file',
] satisfies LastError['code'][];
const SAID = {
  unsupported_file: 'The file type is not supported.',
  invalid_file: 'The file could not be parsed because it is empty.',
  server_error: 'An internal error occurred.',
} satisfies Record<LastError['code'], string>;
const TOO_LARGE = 'The file could not be parsed because it is too large.';
/** Directives are looked for in this much of a file. */
const DIRECTIVE_CHARS = 65_536;

/**
 * @param content bytes of the file; undefined when it is too large to be looked into
 * @param directives of a rule or header, without brackets; they come before those in the file's text
 */
export function planIndexing(
  filename: string,
  content: Buffer | undefined,
  directives: readonly string[],
  settings: Settings,
  nowMs: number,
): Indexing {
  const text = content === undefined ? undefined : decode(content);
  const indexing: Indexing = {
    looks: settings.index_looks,
    notBefore: nowMs + settings.index_ms,
    result: resultOf(filename, text, settings.index_max_tokens),
  };
  const inText = findDirectives((text ?? '').slice(0, DIRECTIVE_CHARS)).map(({ inner }) => inner);
  for (const directive of [...inText, ...directives]) apply(indexing, directive, nowMs);
  return indexing;
}

function apply(indexing: Indexing, directive: string, nowMs: number): void {
  const [word, what, value = '', ...rest] = directive.split(/\s+/);
  if (word !== 'index') return;
  const number = Number(value);
  if (what === 'stuck') indexing.looks = Infinity;
  else if (what === 'looks' && number >= 0) indexing.looks = number;
  else if (what === 'ms' && number >= 0) indexing.notBefore = nowMs + number;
  else if (what === 'fail') {
    const code = (ERROR_CODES.includes(value) ? value : 'server_error') as LastError['code'];
    indexing.result = { error: { code, message: rest.join(' ') || SAID[code] } };
  }
}

function resultOf(filename: string, text: string | undefined, maxTokens: number): Indexing['result'] {
  const failed = (code: LastError['code'], message: string = SAID[code]) => ({ error: { code, message } });
  if (!SUPPORTED.has(extname(filename).toLowerCase())) return failed('unsupported_file');
  if (text === undefined) return failed('invalid_file', TOO_LARGE);
  if (text.trim() === '') return failed('invalid_file');
  // A token has a character at least: most files need no counting.
  if (text.length > maxTokens && countTokens(text) > maxTokens) return failed('invalid_file', TOO_LARGE);
  return { text };
}

/** Text in UTF-8 or, by its mark, UTF-16. What is no text becomes the words that can be read in it. */
function decode(content: Buffer): string {
  if (content[0] === 0xff && content[1] === 0xfe) return new TextDecoder('utf-16le').decode(content);
  if (content[0] === 0xfe && content[1] === 0xff) return new TextDecoder('utf-16be').decode(content);
  const text = new TextDecoder().decode(content);
  if (!text.includes('\0')) return text;
  return (content.toString('latin1').match(/[\x20-\x7e\n]{6,}/g) ?? []).join('\n');
}
