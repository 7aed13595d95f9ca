// A user's part of all this: exported for him, and erased. What is erased stays in the sums, without a name.
import { Injectable } from '@nestjs/common';
import { userName } from '#contracts';
import { StateRedis } from '#redis';
import { FORGET_RESERVATION, FORGET_USER } from '../scripts/upkeep.lua.js';
import { readSum, toCounts, type UsageCounts } from './counts.js';
import { UsageLedger, type LedgerRow } from './usage-ledger.js';
import { dayOf } from './periods.js';

export interface PersonalUsage {
  tenant: string;
  user: string;
  /** By day and by month, as far back as they are kept. */
  periods: (UsageCounts & { period: string })[];
  rows: LedgerRow[];
}

const DAY_MS = 86_400_000;

@Injectable()
export class PersonalUsageData {
  constructor(
    private readonly redis: StateRedis,
    private readonly ledger: UsageLedger,
  ) {}

  async exportUser(tenant: string, user: string): Promise<PersonalUsage> {
    const name = userName(user);
    const periods: PersonalUsage['periods'] = [];
    for (const period of await this.periods(tenant)) {
      const text = await this.redis.attempt((client) => client.hget(this.sumKey(period, tenant), name));
      if (text !== null) periods.push({ period, ...toCounts(readSum(text)) });
    }
    return { tenant, user: name, periods, rows: await this.ledger.ofUser(tenant, name) };
  }

  /**
   * Rows go, sums lose the name, open reservations too. Doing it again finds nothing. Counters of limits know a digest
   * only and end with their month.
   */
  async eraseUser(tenant: string, user: string): Promise<{ rows: number; periods: number }> {
    const name = userName(user);
    if (name === '') return { rows: 0, periods: 0 };
    await this.forgetReservations(tenant, name);
    const rows = await this.ledger.eraseUser(tenant, name);
    let periods = 0;
    for (const period of await this.periods(tenant))
      periods += await this.redis.run<number>(FORGET_USER, [this.sumKey(period, tenant)], [name]);
    const today = Date.now();
    for (const day of [today - DAY_MS, today].map(dayOf))
      await this.redis.attempt((client) => client.zrem(`${this.base}top:${day}`, `${tenant} ${name}`));
    return { rows, periods };
  }

  private async forgetReservations(tenant: string, name: string): Promise<void> {
    for (const id of await this.redis.attempt((client) => client.zrange(`${this.base}open`, '0', '-1')))
      await this.redis.run(FORGET_RESERVATION, [`${this.base}r:${id}`], [tenant, name]);
  }

  private periods(tenant: string): Promise<string[]> {
    return this.redis.attempt((client) => client.zrange(`${this.base}periods:${tenant}`, '0', '-1'));
  }

  private sumKey(period: string, tenant: string): string {
    return `${this.base}sum:${period}:${tenant}:user`;
  }

  private get base(): string {
    return this.redis.keys.usage;
  }
}
