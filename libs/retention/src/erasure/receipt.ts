// Says what an erasure removed, without saying of whom, and is bound so that nobody can change it afterwards. Pure.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { userName, type Subject } from '#contracts';

export interface Receipt {
  id: string;
  tenant: string;
  kind: Subject['kind'];
  /** {@link subjectDigest}: whoever knows the name, and AUDIT_KEY where there is one, can tell whose receipt it is. */
  subject: string;
  /** ISO 8601 */
  begun_at: string;
  finished_at: string;
  /** Pieces by store. */
  removed: Record<string, number>;
  /** Without AUDIT_KEY a signature only shows that nothing was changed by accident. */
  seal: 'hmac' | 'sha256';
  signature: string;
}

const bind = (key: string, text: string): Buffer =>
  (key === '' ? createHash('sha256') : createHmac('sha256', key)).update(text).digest();

export const subjectDigest = (key: string, { tenant, kind, name }: Subject): string =>
  bind(key, `${kind}\0${tenant}\0${kind === 'user' ? userName(name) : name}`)
    .toString('base64url')
    .slice(0, 22);

export function signReceipt(key: string, what: Omit<Receipt, 'seal' | 'signature'>): Receipt {
  const receipt = { ...what, seal: key === '' ? ('sha256' as const) : ('hmac' as const) };
  return { ...receipt, signature: bind(key, JSON.stringify(receipt)).toString('hex') };
}

/** @param receipt as it was handed out; the order of its members counts */
export function isGenuine(key: string, { signature, ...receipt }: Receipt): boolean {
  // A receipt without a key is worth nothing where there is one.
  if (receipt.seal !== (key === '' ? 'sha256' : 'hmac') || typeof signature !== 'string') return false;
  const [given, expected] = [Buffer.from(signature, 'hex'), bind(key, JSON.stringify(receipt))];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
