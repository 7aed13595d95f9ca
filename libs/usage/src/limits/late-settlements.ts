// Settlements that wait for Redis: a bounded queue in memory. What finds no room is lost, and counted.
import type { Settlement } from './reservation.js';

export interface LateSettlement {
  id: string;
  settlement: Settlement;
  /** Counts against the limits though it was not reserved in Redis. */
  counts: boolean;
}

export const MOST_LATE = 10_000;

export class LateSettlements {
  private readonly queue = new Map<string, LateSettlement>();

  constructor(private readonly most = MOST_LATE) {}

  get size(): number {
    return this.queue.size;
  }

  /** The same settlement twice waits once. @returns false when there is no room */
  add(late: LateSettlement): boolean {
    const { provider_request_id = '', response_id = '' } = late.settlement;
    const key = [late.id, provider_request_id, response_id].join('\0');
    if (this.queue.size >= this.most && !this.queue.has(key)) return false;
    if (!this.queue.has(key)) this.queue.set(key, late);
    return true;
  }

  /** Oldest first; one leaves when `settle` has resolved. Stops at the first rejection. */
  async drain(settle: (late: LateSettlement) => Promise<unknown>): Promise<void> {
    for (const [key, late] of this.queue) {
      await settle(late);
      this.queue.delete(key);
    }
  }
}
