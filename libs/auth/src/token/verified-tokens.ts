// Tokens that were verified a moment ago, by digest: the same token comes with every request. Bounded, oldest use out
// first; a key that the issuer withdraws counts at most five minutes longer.
import { createHash } from 'node:crypto';
import type { Principal } from '../principal.js';

const ENTRIES = 10_000;
const KEPT_MS = 300_000;

interface Entry {
  principal: Principal;
  until: number;
}

export class VerifiedTokens {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly limit = ENTRIES) {}

  get(token: string, now: number): Principal | undefined {
    const key = keyOf(token);
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    if (now >= entry.until) return undefined;
    this.entries.set(key, entry);
    return entry.principal;
  }

  put(token: string, principal: Principal, now: number): void {
    const until = Math.min(now + KEPT_MS, principal.expiresAt ?? Infinity);
    this.entries.set(keyOf(token), { principal, until });
    if (this.entries.size > this.limit) this.entries.delete(this.entries.keys().next().value!);
  }
}

/** Whole, not shortened: two tokens with one key would be one principal. */
const keyOf = (token: string): string => createHash('sha256').update(token).digest('base64');
