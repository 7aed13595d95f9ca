// Binds a receipt so that nobody can change it afterwards. Pure.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface Seal {
  /** Without AUDIT_KEY a signature only shows that nothing was changed by accident. */
  seal: 'hmac' | 'sha256';
  signature: string;
}

export type Sealed<T> = T & Seal;

/** @param key AUDIT_KEY; '' = there is none */
export const bind = (key: string, text: string): Buffer =>
  (key === '' ? createHash('sha256') : createHmac('sha256', key)).update(text).digest();

export function sealReceipt<T extends object>(key: string, what: T): Sealed<T> {
  const receipt = { ...what, seal: key === '' ? ('sha256' as const) : ('hmac' as const) };
  return { ...receipt, signature: bind(key, JSON.stringify(receipt)).toString('hex') };
}

/** @param receipt as it was handed out; the order of its members counts */
export function isGenuine<T extends Seal>(key: string, sealed: T): boolean {
  const { signature, ...receipt } = sealed;
  // A receipt without a key is worth nothing where there is one.
  if (receipt.seal !== (key === '' ? 'sha256' : 'hmac') || typeof signature !== 'string') return false;
  const [given, expected] = [Buffer.from(signature, 'hex'), bind(key, JSON.stringify(receipt))];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
