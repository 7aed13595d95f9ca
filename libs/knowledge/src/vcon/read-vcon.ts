// Bytes to a vCon, whatever form it has: packed or not, signed, encrypted, of any draft.
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { JWK } from 'jose';
import { isPlainObject, parseJson, ParleyError } from '#contracts';
import { checkVcon, isUuid } from './check-vcon.js';
import { Issues } from './issues.js';
import { normalise } from './normalise.js';
import { decrypt, isEncrypted, isSigned, readSignatures, uuidBeside } from './secure-forms.js';
import type { ParsedVcon, Vcon, VconIssue, VconSignature } from './vcon.js';
import { VCON_LIMITS } from './vcon-limits.js';

export interface ReadOptions {
  /** Every issue is an error then. */
  strict?: boolean;
  /** Private keys for encrypted ones. */
  keys?: readonly JWK[];
  /** Unpacked, also of what is signed or encrypted. */
  maxBytes?: number;
}

/** `details` are lines `path: message`; `issues` the same as objects. */
export class VconError extends ParleyError {
  constructor(readonly issues: readonly VconIssue[]) {
    super('vcon_invalid', 'unable to read vCon; it is not valid', {
      details: issues.map(({ path, message }) => `${path}: ${message}`),
    });
  }
}

const unpack = promisify(gunzip);

/**
 * @param bytes as they came; gzip is recognized by its first bytes
 * @returns the vCon with its original bytes, unpacked
 * @throws VconError; ParleyError `too_large`, `invalid_json`, `invalid_encoding`, `too_complex`
 */
export async function readVcon(
  bytes: Buffer,
  options: ReadOptions = {},
): Promise<{ parsed: ParsedVcon; original: Buffer }> {
  const limits = limitsOf(options);
  const original = await unpacked(bytes, limits.bytes);
  return { parsed: await parse(parseJson(original, limits), options), original };
}

async function parse(raw: unknown, options: ReadOptions): Promise<ParsedVcon> {
  if (!isPlainObject(raw)) throw only('$', 'object', 'must be an object');
  if (isEncrypted(raw)) return encrypted(raw, options);
  if (isSigned(raw)) return signed(raw, options);
  const { vcon, warnings } = unsigned(raw, options);
  return { form: 'unsigned', uuid: vcon.uuid.toLowerCase(), vcon, warnings, signatures: [] };
}

async function encrypted(raw: Record<string, unknown>, options: ReadOptions): Promise<ParsedVcon> {
  const plain = await decrypt(raw, options.keys ?? []);
  if (plain === undefined) {
    const uuid = uuidBeside(raw);
    if (!isUuid(uuid)) throw only('$.unprotected.uuid', 'uuid', 'must be a UUID');
    return { form: 'encrypted', uuid: uuid.toLowerCase(), warnings: [], signatures: [] };
  }
  const limits = limitsOf(options);
  const content = await unpacked(Buffer.from(plain), limits.bytes);
  const inner = await parse(parseJson(content, limits), options);
  if (inner.form === 'encrypted') throw only('$.ciphertext', 'body', 'must not be encrypted twice');
  return { ...inner, form: 'encrypted', uuid: agreed(raw, inner.uuid) };
}

async function signed(raw: Record<string, unknown>, options: ReadOptions): Promise<ParsedVcon> {
  const payload = Buffer.from(raw['payload'] as string, 'base64url');
  const limits = limitsOf(options);
  const content = await unpacked(payload, limits.bytes);
  const inner = parseJson(content, limits);
  if (!isPlainObject(inner)) throw only('$.payload', 'object', 'must be an object');
  const signatures = await readSignatures(raw);
  const { vcon, warnings } = unsigned(inner, options);
  const doubts = signatures.flatMap(toDoubt);
  if (signatures.length === 0)
    doubts.push({ path: '$.signatures', rule: 'signature', message: 'there is no signature' });
  if (options.strict && doubts.length > 0) throw new VconError(doubts);
  return {
    form: 'signed',
    uuid: agreed(raw, vcon.uuid.toLowerCase()),
    vcon,
    warnings: [...doubts, ...warnings],
    signatures,
  };
}

function unsigned(
  raw: Record<string, unknown>,
  { strict = false }: ReadOptions,
): { vcon: Vcon; warnings: VconIssue[] } {
  const issues = new Issues();
  const vcon = normalise(raw, issues);
  checkVcon(vcon, issues);
  const errors = strict ? [...issues.fatal, ...issues.warnings] : issues.fatal;
  if (errors.length > 0) throw new VconError(errors);
  return { vcon: vcon as unknown as Vcon, warnings: issues.warnings };
}

/** Whoever keeps it by what stands beside it must find it by what stands in it. */
function agreed(raw: Record<string, unknown>, uuid: string): string {
  const beside = uuidBeside(raw);
  if (beside !== undefined && !(isUuid(beside) && beside.toLowerCase() === uuid))
    throw only('$.unprotected.uuid', 'uuid', 'is not the UUID of the content');
  return uuid;
}

function toDoubt({ verified, reason }: VconSignature, i: number): VconIssue[] {
  return verified
    ? []
    : [{ path: `$.signatures[${i}]`, rule: 'signature', message: reason ?? 'does not hold' }];
}

const limitsOf = ({ maxBytes = Infinity }: ReadOptions): typeof VCON_LIMITS => ({
  ...VCON_LIMITS,
  bytes: Math.min(maxBytes, VCON_LIMITS.bytes),
});

/** The draft packs whole vCons, and what is signed or encrypted. */
async function unpacked(bytes: Buffer, most: number): Promise<Buffer> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return await unpack(bytes, { maxOutputLength: most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new ParleyError('too_large', 'unable to unpack vCon; it is too large', {
        details: [`at most ${most} bytes`],
      });
    throw new ParleyError('invalid_encoding', 'unable to unpack vCon; it is not gzip');
  }
}

const only = (path: string, rule: string, message: string): VconError =>
  new VconError([{ path, rule, message }]);
