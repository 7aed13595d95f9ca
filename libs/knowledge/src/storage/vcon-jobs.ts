// The background work of vCons: following the index, taking up what was cut off, the daily sweep.
import { Injectable } from '@nestjs/common';
import { VconConfig } from '#config';
import { JobHandler, type JobPayloads } from '#jobs';
import { Metrics } from '#telemetry';
import { RemovalRecords } from './removal-records.js';
import { VconDeletion } from './vcon-deletion.js';
import { VconIndexing } from './vcon-indexing.js';
import { VconSweep, type SweepReport } from './vcon-sweep.js';

@Injectable()
export class VconJobs {
  constructor(
    private readonly indexing: VconIndexing,
    private readonly deletion: VconDeletion,
    private readonly sweeping: VconSweep,
    private readonly config: VconConfig,
    kept: RemovalRecords,
    metrics: Metrics,
  ) {
    metrics.beforeScrape(async () => metrics.vconRemovalsPending.set(await kept.count()));
  }

  /** @returns the state it is in; the job's result */
  @JobHandler('vcon-index')
  async index({ look, ...ref }: JobPayloads['vcon-index']): Promise<{ state: string }> {
    return { state: (await this.indexing.look(ref, look)) ?? 'gone' };
  }

  /** @returns how much was taken up; the job's result */
  @JobHandler('vcon-upkeep')
  async upkeep(): Promise<{ overdue: number; tried: number; done: number }> {
    const now = Date.now();
    return { ...(await this.indexing.upkeep(now)), ...(await this.deletion.goOn(now)) };
  }

  /** @returns what was found; the job's result */
  @JobHandler('vcon-sweep')
  async sweep(): Promise<SweepReport | { off: true }> {
    if (this.config.sweep === 'off') return { off: true };
    // Originals go by hand only: when records were lost they are all there is, until a backup is back.
    return this.sweeping.run({ apply: this.config.sweep === 'apply', originals: false });
  }
}
