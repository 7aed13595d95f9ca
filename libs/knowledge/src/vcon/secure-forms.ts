// Signed and encrypted vCons: JWS and JWE in their general JSON form. No certificate and no key is ever fetched; what is reported of a chain is
// what came with it.
import { X509Certificate } from 'node:crypto';
import { flattenedVerify, generalDecrypt, importJWK, type GeneralJWE, type JWK } from 'jose';
import { isPlainObject } from '#contracts';
import type { VconSignature } from './vcon.js';

type Members = Record<string, unknown>;

/** Of certificates in one chain. */
const LONGEST_CHAIN = 8;
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const ENCRYPTIONS = ['A128GCM', 'A192GCM', 'A256GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512'];

export const isSigned = (raw: Members): boolean =>
  typeof raw['payload'] === 'string' && Array.isArray(raw['signatures']);
export const isEncrypted = (raw: Members): boolean =>
  typeof raw['ciphertext'] === 'string' && Array.isArray(raw['recipients']);

/** Each signature by itself: one that does not hold says why. */
export async function readSignatures(raw: Members): Promise<VconSignature[]> {
  const found: VconSignature[] = [];
  for (const one of (raw['signatures'] as unknown[]).slice(0, LONGEST_CHAIN))
    found.push(await readSignature(raw['payload'] as string, one));
  return found;
}

async function readSignature(payload: string, one: unknown): Promise<VconSignature> {
  if (!isPlainObject(one)) return { verified: false, alg: '', chain: [], reason: 'is no object' };
  const sealed = readHeader(one['protected']);
  const beside = without(one['header'], sealed);
  const head: Members = { ...beside, ...sealed };
  const alg = typeof head['alg'] === 'string' ? head['alg'] : '';
  const chain = readChain(head['x5c']);
  const about = { alg, chain: chain.map(({ subject }) => subject.replaceAll('\n', ', ')) };
  const [leaf] = chain;
  if (!leaf) return { verified: false, ...about, reason: 'no certificate came with it' };
  try {
    await flattenedVerify(
      {
        payload,
        signature: String(one['signature']),
        ...(typeof one['protected'] === 'string' && { protected: one['protected'] }),
        ...(Object.keys(beside).length > 0 && { header: beside }),
      },
      leaf.publicKey,
      { algorithms: ALGORITHMS },
    );
  } catch {
    return { verified: false, ...about, reason: 'the signature does not fit the content' };
  }
  const broken = chain.findIndex((certificate, i) => i > 0 && !chain[i - 1]!.verify(certificate.publicKey));
  if (broken > 0)
    return { verified: false, ...about, reason: 'a certificate of the chain was not issued by the next' };
  return { verified: true, ...about };
}

/**
 * @param keys private keys (JWK); each is tried
 * @returns undefined when none of them opens it
 */
export async function decrypt(raw: Members, keys: readonly JWK[]): Promise<Uint8Array | undefined> {
  const jwe = disjoint(raw);
  for (const jwk of keys) {
    try {
      const key = await importJWK(jwk, jwk.alg);
      const options = { contentEncryptionAlgorithms: ENCRYPTIONS };
      return (await generalDecrypt(jwe as unknown as GeneralJWE, key, options)).plaintext;
    } catch {
      // Made for another key, or broken: the next one may tell.
    }
  }
  return undefined;
}

/** What the headers say beside the content, which may be out of reach. */
export function uuidBeside(raw: Members): unknown {
  const places = [raw['unprotected'], ...(isSigned(raw) ? (raw['signatures'] as unknown[]) : [])];
  for (const place of places) {
    if (!isPlainObject(place)) continue;
    const head = isPlainObject(place['header']) ? place['header'] : place;
    if (head['uuid'] !== undefined) return head['uuid'];
  }
  return readHeader(raw['protected'])['uuid'];
}

/**
 * Producers of vCons, the draft's own examples among them, say things twice: in the protected header and beside it, which RFC 7515 and
 * RFC 7516 do not allow. What is protected counts; the rest of a name's places are left out.
 */
function without(header: unknown, ...stronger: readonly Members[]): Members {
  if (!isPlainObject(header)) return {};
  return Object.fromEntries(
    Object.entries(header).filter(([name]) => !stronger.some((one) => Object.hasOwn(one, name))),
  );
}

function disjoint(raw: Members): Members {
  const sealed = readHeader(raw['protected']);
  const shared = without(raw['unprotected'], sealed);
  const { unprotected: _, ...rest } = raw;
  return {
    ...rest,
    ...(Object.keys(shared).length > 0 && { unprotected: shared }),
    recipients: (raw['recipients'] as unknown[]).map((one) =>
      isPlainObject(one) ? { ...one, header: without(one['header'], sealed, shared) } : one,
    ),
  };
}

function readHeader(encoded: unknown): Members {
  if (typeof encoded !== 'string') return {};
  try {
    const read: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString('utf8'));
    return isPlainObject(read) ? read : {};
  } catch {
    return {};
  }
}

function readChain(x5c: unknown): X509Certificate[] {
  if (!Array.isArray(x5c)) return [];
  const chain: X509Certificate[] = [];
  for (const one of x5c.slice(0, LONGEST_CHAIN)) {
    try {
      chain.push(new X509Certificate(Buffer.from(String(one), 'base64')));
    } catch {
      return chain;
    }
  }
  return chain;
}
