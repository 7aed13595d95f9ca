// The background work of documents: each by its kind, and the upkeep that rings again where a bell was lost.
import { Injectable } from '@nestjs/common';
import { JobHandler, type JobPayloads } from '#jobs';
import { Transcriptions } from '../transcriptions/transcriptions.js';
import { TranscriptionWork } from '../transcriptions/transcription-work.js';
import { PlanWork } from '../plans/plan-work.js';
import { DocumentJobs } from './document-jobs.js';

const MOST_AT_ONCE = 50;

@Injectable()
export class DocumentWorkers {
  constructor(
    private readonly jobs: DocumentJobs,
    private readonly transcriptions: TranscriptionWork,
    private readonly recordings: Transcriptions,
    private readonly plans: PlanWork,
  ) {}

  @JobHandler('transcription')
  transcription({ id }: JobPayloads['transcription']): Promise<{ state: string }> {
    return this.transcriptions.perform(id);
  }

  @JobHandler('plan')
  plan({ id }: JobPayloads['plan']): Promise<{ state: string }> {
    return this.plans.perform(id);
  }

  /** @returns for how many it rang, and how many recordings it removed; the job's result */
  @JobHandler('documents-upkeep')
  async upkeep(): Promise<{ rung: number; swept: number }> {
    const due = await this.jobs.due(MOST_AT_ONCE);
    for (const job of due) await this.jobs.ring(job);
    return { rung: due.length, swept: await this.recordings.sweep(MOST_AT_ONCE) };
  }
}
