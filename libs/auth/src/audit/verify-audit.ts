// Walks the audit log from its first entry and says where it was tampered with: an entry changed, missing, moved, or cut off.
import { GENESIS, sealHash, type SealedEntry } from './audit-entry.js';
import type { AuditHead, AuditLog } from './audit-log.js';

const PAGE = 500;

export interface AuditVerdict {
  entries: number;
  /** Written before there was an AUDIT_KEY; whoever can write to Redis could have forged them. */
  unkeyed: number;
  /** The newest entry; kept elsewhere, it later proves that nothing before it was replaced. */
  newest: AuditHead;
  /** The first thing that is wrong; absent when nothing is. */
  fault?: { n: number; reason: 'changed' | 'missing' | 'cut off' | 'not the anchor' };
}

/** @param anchor `newest` of an earlier verdict @throws ParleyError `state_unavailable` */
export async function verifyAudit(log: AuditLog, key: string, anchor?: AuditHead): Promise<AuditVerdict> {
  // Before the walk: what is added meanwhile is no fault.
  const claimed = await log.newest();
  const walk: AuditVerdict = { entries: 0, unkeyed: 0, newest: { n: 0, hash: GENESIS } };
  for (let after: string | undefined = '0'; after !== undefined;) {
    const page: { items: SealedEntry[]; next?: string } = await log.page({ after, limit: PAGE });
    for (const entry of page.items) {
      const reason = faultOf(entry, walk, key) ?? (isAgainst(entry, anchor) ? 'not the anchor' : undefined);
      if (reason !== undefined)
        return { ...walk, fault: { n: reason === 'missing' ? walk.entries + 1 : entry.n, reason } };
      walk.entries++;
      if (entry.seal === 'sha256') walk.unkeyed++;
      walk.newest = { n: entry.n, hash: entry.hash };
    }
    after = page.next;
  }
  const known = Math.max(claimed.n, anchor?.n ?? 0);
  return walk.entries < known ? { ...walk, fault: { n: walk.entries + 1, reason: 'cut off' } } : walk;
}

function faultOf(entry: SealedEntry, walk: AuditVerdict, key: string): 'changed' | 'missing' | undefined {
  if (entry.n !== walk.entries + 1) return 'missing';
  // Once entries are keyed, one without a key is somebody else's.
  if (entry.seal !== 'hmac' && (entry.seal !== 'sha256' || walk.unkeyed < walk.entries)) return 'changed';
  const hash = sealHash(key, entry.seal, walk.newest.hash, entry.n, entry.text);
  return hash === entry.hash ? undefined : 'changed';
}

const isAgainst = (entry: SealedEntry, anchor: AuditHead | undefined): boolean =>
  entry.n === anchor?.n && entry.hash !== anchor.hash;
