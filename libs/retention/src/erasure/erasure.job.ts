// Erasures in the background, and the broom behind them: what was begun and lost its job is begun again, and lists of what is kept
// of people do not outlive it.
import { Injectable } from '@nestjs/common';
import { ParleyError } from '#contracts';
import { JobHandler, JobQueue } from '#jobs';
import { EraseScripts } from '#runs';
import { ErasureRecords } from './erasure-records.js';
import { Erasures } from './erasures.js';

/** Younger ones have a job or a command that works on them. */
const AGE_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;

@Injectable()
export class ErasureJob {
  constructor(
    private readonly erasures: Erasures,
    private readonly records: ErasureRecords,
    private readonly scripts: EraseScripts,
    private readonly jobs: JobQueue,
  ) {}

  /** @throws ParleyError `busy` when something is left, so that the job comes again */
  @JobHandler('erasure')
  async run({ id }: { id: string }): Promise<void> {
    const { status } = await this.erasures.run(id, 'job:erasure');
    if (status !== 'done') throw new ParleyError('busy', 'unable to erase everything yet');
  }

  /** @returns how many erasures were taken up again, and lists that were looked at; the job's result */
  @JobHandler('owners-upkeep')
  async tidy(): Promise<{ erasures: number; owners: number }> {
    const open = await this.records.open(Date.now() - AGE_MS);
    const hour = Math.floor(Date.now() / HOUR_MS);
    for (const id of open) await this.jobs.add('erasure', { id }, { id: `${id}-${hour}` });
    return { erasures: open.length, owners: await this.scripts.tidyOwners() };
  }
}
