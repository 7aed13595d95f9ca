// Ends reservations whose owner died, and removes rows of the usage ledger that are too old.
import { Injectable } from '@nestjs/common';
import { JobHandler } from '#jobs';
import { UsageUpkeep } from '#usage';

@Injectable()
export class ExpiredUsage {
  constructor(private readonly upkeep: UsageUpkeep) {}

  /** @returns how many of each; the job's result */
  @JobHandler('usage-upkeep')
  run(): Promise<{ reservations: number; rows: number }> {
    return this.upkeep.run();
  }
}
