// A token's outside: its size, its three parts, its header. What is refused here has cost no cryptography. Pure.
import { ParleyError } from '#contracts';

/** Bytes. */
const TOKEN_BYTES = 8_192;
const KEY_ID_CHARS = 256;
const PARTS = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;
/** Where a header names keys or rules of its own, the sender would choose by what he is judged (RFC 8725 §3.10). */
const REFUSED = ['jku', 'x5u', 'x5c', 'jwk', 'crit', 'b64'];

export interface TokenHeader {
  alg: string;
  kid?: string;
}

/** Whether this is meant as a JWT rather than a shared secret or a ticket. */
export const looksLikeToken = (text: string): boolean => text.split('.', 4).length === 3;

/**
 * @param algorithms the only ones that are accepted
 * @throws ParleyError `unauthorized`
 */
export function readHeader(token: string, algorithms: readonly string[]): TokenHeader {
  const [, head, payload] = (token.length <= TOKEN_BYTES && PARTS.exec(token)) || [];
  if (head === undefined || payload === undefined) throw refused('not three parts of bounded size');
  const header = readObject(head);
  readObject(payload);
  const { alg, typ, kid } = header;
  if (typeof alg !== 'string' || !algorithms.includes(alg)) throw refused('algorithm');
  if (REFUSED.some((name) => name in header)) throw refused('header brings its own rules');
  if (typ !== undefined && (typeof typ !== 'string' || !/^(?:application\/)?(?:at\+)?jwt$/i.test(typ)))
    throw refused('type');
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > KEY_ID_CHARS)) throw refused('key id');
  return { alg, ...(kid !== undefined && { kid }) };
}

/** The claims as they stand, believed by nobody yet. @throws ParleyError `unauthorized` */
export const readClaims = (token: string): Record<string, unknown> => readObject(token.split('.')[1] ?? '');

function readObject(part: string): Record<string, unknown> {
  const text = Buffer.from(part, 'base64url').toString('utf8');
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      if (hasTwins(text)) throw refused('a member twice');
      return value as Record<string, unknown>;
    }
  } catch (error) {
    if (error instanceof ParleyError) throw error;
  }
  throw refused('not a JSON object');
}

/** Whether a member of the outermost object occurs twice: readers differ in which of the two they believe. */
function hasTwins(json: string): boolean {
  const names = new Set<string>();
  let depth = 0;
  for (const [piece, name] of json.matchAll(/("(?:[^"\\]|\\.)*")(?=\s*:)|"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (piece === '{' || piece === '[') depth++;
    else if (piece === '}' || piece === ']') depth--;
    else if (name !== undefined && depth === 1) {
      const plain = JSON.parse(name) as string;
      if (names.has(plain)) return true;
      names.add(plain);
    }
  }
  return false;
}

/** Says why in the logs; outside all of them are one. */
export const refused = (reason: string, cause?: unknown): ParleyError =>
  new ParleyError('unauthorized', `unable to accept token; ${reason}`, { cause });
