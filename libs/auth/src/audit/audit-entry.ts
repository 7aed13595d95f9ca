// One line of the audit log, and how it is bound to the line before. Ids and codes only: no content, no secrets, no names of
// channels. Pure.
import { createHash, createHmac } from 'node:crypto';
import { channelKey, digest } from '#contracts';

export interface AuditEntry {
  /** ISO 8601 */
  at: string;
  /** `sub` of a token, `admin:<login>`, or `cli:<user of the machine>`. */
  actor: string;
  tenant: string;
  /** Noun, then verb: `dead-letter.replay`. */
  action: string;
  /** What it was done to, as an id. */
  object: string;
  /** `done`, `denied`, the error's code, or `failed` where it has none. */
  outcome: string;
  ip_hash?: string;
}

/** How an entry is bound: with AUDIT_KEY, or without a key. */
export type Seal = 'hmac' | 'sha256';

export interface SealedEntry {
  /** Counted from 1 without a gap. */
  n: number;
  /** The entry's JSON, byte for byte as it was sealed. */
  text: string;
  seal: Seal;
  hash: string;
}

/** What stands before the first entry. */
export const GENESIS = '0'.repeat(64);

export const sealOf = (key: string): Seal => (key === '' ? 'sha256' : 'hmac');

/** @returns hex; number and text are part of it, so neither can be moved */
export function sealHash(key: string, seal: Seal, previous: string, n: number, text: string): string {
  const hash = seal === 'hmac' ? createHmac('sha256', key) : createHash('sha256');
  return hash.update(`${previous}\n${n}\n${text}`).digest('hex');
}

/** An address as something that can be compared; with AUDIT_KEY nobody can try out all addresses. */
export const addressHash = (key: string, address: string): string =>
  key === '' ? digest(address) : createHmac('sha256', key).update(address).digest('base64url').slice(0, 22);

export const channelObject = (tenant: string, channel: string): string =>
  `channel:${channelKey({ tenant, channel })}`;
