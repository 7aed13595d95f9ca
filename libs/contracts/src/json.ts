// JSON from outside: bounded on its bytes before any parser sees it, because deep or huge documents block
// the event loop in JSON.parse and, far worse, in class-transformer.
import { isUtf8 } from 'node:buffer';
import { ParleyError } from './error.js';
import { LIMITS } from './limits.js';

export interface JsonLimits {
  bytes: number;
  depth: number;
  /** Object members in the whole document. */
  members: number;
  /** Array items in the whole document. */
  items: number;
}

export const JSON_LIMITS: JsonLimits = {
  bytes: LIMITS.body_bytes,
  depth: LIMITS.json_depth,
  members: LIMITS.json_members,
  items: LIMITS.json_items,
};

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;

/**
 * Parses bytes as JSON after bounding size, encoding, depth and counts in one linear pass.
 * @throws ParleyError `too_large`, `invalid_encoding`, `too_complex`, `invalid_json`; `invalid_request` for a member name that
 * is `__proto__` or occurs twice in its object
 */
export function parseJson(bytes: Buffer, limits: JsonLimits = JSON_LIMITS): unknown {
  if (bytes.length > limits.bytes)
    throw new ParleyError('too_large', `unable to read JSON; ${bytes.length} bytes exceed ${limits.bytes}`);
  if (!isUtf8(bytes)) throw new ParleyError('invalid_encoding', 'unable to read JSON; not UTF-8');
  const members = boundStructure(bytes, limits);
  const value = parse(bytes.toString('utf8'));
  // The parser keeps the last of two members by the same name; whoever looked at the text before us may have kept the first.
  if (countMembers(value) !== members) throw forbidden('a member name occurs twice');
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the input, so it is not kept.
    throw new ParleyError('invalid_json', 'unable to read JSON; malformed');
  }
}

/** @returns the members in the whole document, if it is one */
function boundStructure(bytes: Buffer, limits: JsonLimits): number {
  /** Of each open bracket, whether it is an array's. */
  const arrays: boolean[] = [];
  let members = 0;
  let items = 0;
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case QUOTE:
        i = endOfString(bytes, i);
        break;
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        if (arrays.push(bytes[i] === OPEN_ARRAY) > limits.depth) throw tooComplex('depth', limits.depth);
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        arrays.pop();
        break;
      case COLON:
        if (++members > limits.members) throw tooComplex('members', limits.members);
        break;
      case COMMA:
        if (arrays.at(-1) === true && ++items >= limits.items) throw tooComplex('items', limits.items);
        break;
      default:
    }
  }
  return members;
}

/** One step a byte: a search for each quote costs ten times as much where every other byte is one. */
function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

/** A walk of its own: a reviver is called for every item, which costs more than the parsing. */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Object.hasOwn(value, '__proto__')) throw forbidden('a member name is forbidden');
  const isArray = Array.isArray(value);
  const inner: unknown[] = isArray ? value : Object.values(value);
  let members = isArray ? 0 : inner.length;
  for (const one of inner) members += countMembers(one);
  return members;
}

const forbidden = (detail: string): ParleyError =>
  new ParleyError('invalid_request', `unable to read JSON; ${detail}`, { details: [detail] });

const tooComplex = (what: string, limit: number): ParleyError =>
  new ParleyError('too_complex', `unable to read JSON; more than ${limit} ${what}`);

/** A JSON object that is neither null nor an array. */
export const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
