// What the clock does: reservations whose owner never came back are settled at their full size, rows that are too old go. Sums
// expire by themselves.
import { Injectable, Optional } from '@nestjs/common';
import { LimitsConfig } from '#config';
import { StateRedis } from '#redis';
import { Metrics } from '#telemetry';
import { Settler } from './limits/settler.js';
import { Prices } from './prices/prices.js';
import { UsageLedger } from './reports/usage-ledger.js';
import { UsageReports } from './reports/usage-reports.js';

const AT_A_TIME = 200;
const WAIT_MS = 15_000;

@Injectable()
export class UsageUpkeep {
  private readonly settler: Settler;

  constructor(
    private readonly redis: StateRedis,
    private readonly ledger: UsageLedger,
    private readonly reports: UsageReports,
    config: LimitsConfig,
    prices: Prices,
    @Optional() metrics?: Metrics,
  ) {
    this.settler = new Settler(redis, config, prices, metrics);
  }

  /** @returns how many reservations were settled and rows removed; safe to run anywhere, at any time, at once */
  async run(): Promise<{ reservations: number; rows: number }> {
    const reservations = await this.settleGivenUp();
    return { reservations, rows: await this.ledger.trim(await this.reports.tenants()) };
  }

  private async settleGivenUp(): Promise<number> {
    const { keys } = this.redis;
    let settled = 0;
    for (;;) {
      const [seconds] = await this.redis.attempt((client) => client.time());
      const ids = await this.redis.attempt((client) =>
        client.zrangebyscore(`${keys.usage}open`, '-inf', Number(seconds) * 1_000, 'LIMIT', 0, AT_A_TIME),
      );
      for (const id of ids) {
        const { first } = await this.settler.settle(
          { id, settlement: GIVEN_UP, counts: false },
          WAIT_MS,
          true,
        );
        if (first) settled++;
      }
      if (ids.length < AT_A_TIME) return settled;
    }
  }
}

/** Whose it was and what it may have used, the reservation itself says. */
const GIVEN_UP = { outcome: 'unknown', model: '', tenant: '', source: '', kind: 'unknown' } as const;
