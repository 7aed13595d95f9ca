// Records who reached for what is not his, without letting him fill the log or feel from the time that it was there:
// the same again is said once in ten minutes, and a process says so much in a minute and no more.
import { Injectable, Logger } from '@nestjs/common';
import type { Principal } from '../principal.js';
import { AuditLog } from './audit-log.js';

const SAME_MS = 600_000;
const MINUTE_MS = 60_000;
const PER_MINUTE = 30;

@Injectable()
export class DeniedAccess {
  private readonly logger = new Logger('DeniedAccess');
  private readonly seen = new Map<string, number>();
  private minute = { since: -Infinity, count: 0 };

  constructor(private readonly audit: AuditLog) {}

  /** Returns at once; a failure is logged. @param object as an id, see {@link AuditEntry} */
  report({ subject, tenant }: Principal, action: string, object: string, from?: string): void {
    const now = performance.now();
    if (!this.isNew([tenant, subject, action, object].join('\0'), now)) return;
    this.audit
      .record({ actor: subject, tenant, action, object, outcome: 'denied', from })
      .catch((error: unknown) => this.logger.warn({ err: error }, 'denied access was not recorded'));
  }

  private isNew(deed: string, now: number): boolean {
    if (now - this.minute.since > MINUTE_MS) this.minute = { since: now, count: 0 };
    const before = this.seen.get(deed);
    if (before !== undefined && now - before < SAME_MS) return false;
    if (++this.minute.count > PER_MINUTE) {
      if (this.minute.count === PER_MINUTE + 1)
        this.logger.warn({}, 'too many denied accesses to record each');
      return false;
    }
    // Oldest first, so the first that is young enough ends the search; the bound of a minute bounds the map.
    for (const [old, at] of this.seen) {
      if (now - at < SAME_MS) break;
      this.seen.delete(old);
    }
    this.seen.delete(deed);
    this.seen.set(deed, now);
    return true;
  }
}
