// Makes one plan: from the cache, or by the model, told while it is made.
import { Injectable, Logger } from '@nestjs/common';
import { DocumentsConfig } from '#config';
import type { ParleyError } from '#contracts';
import type { ModelRequest } from '#openai';
import { DocumentJobs } from '../jobs/document-jobs.js';
import { DocumentWork } from '../jobs/document-work.js';
import type { JobWatch } from '../jobs/job-watch.js';
import { PlanAnswer } from './plan-answer.js';
import { PlanCache } from './plan-cache.js';
import { planQuestion } from './plan-question.js';
import type { PlanJob, PlanResult } from './plan-record.js';
import { PlanSources } from './plan-sources.js';

const NOTHING = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };

/** With the question where the answer to it may serve others. */
interface MadePlan {
  result: PlanResult;
  question?: ModelRequest;
}

@Injectable()
export class PlanWork extends DocumentWork<PlanJob, MadePlan> {
  protected readonly noun = 'plan';
  protected readonly logger = new Logger('Plans');

  constructor(
    jobs: DocumentJobs,
    private readonly sources: PlanSources,
    private readonly cache: PlanCache,
    private readonly answers: PlanAnswer,
    private readonly config: DocumentsConfig,
  ) {
    super(jobs);
  }

  protected async make(job: PlanJob, watch: JobWatch): Promise<MadePlan> {
    if (job.attempt > 1) watch.tell({ type: 'reset' });
    watch.progress({ stage: 'reading', done: 0, total: 2 });
    const texts = await this.sources.of(job);
    const question = planQuestion(job.request, texts, this.config.planOutputTokens);
    const known = job.request.cache ? await this.cache.find(job, question) : undefined;
    if (known === undefined) watch.progress({ stage: 'writing', done: 1, total: 2 });
    const made = known
      ? { result: { ...known, usage: NOTHING, cached: true } }
      : { result: await this.answers.get(job, question, watch), question };
    watch.progress({ stage: 'done', done: 2, total: 2 });
    await watch.flush();
    watch.signal.throwIfAborted();
    return made;
  }

  protected about({ request }: PlanJob): object {
    return { task: request.task };
  }

  protected summary({ result: { cached, repaired } }: MadePlan): object {
    return { cached, repaired };
  }

  /** The question has been asked often enough by now: what else helps is a time that somebody named, or a state of ours that comes back. */
  protected mayHelp({ code, recovery, retryAfterMs }: ParleyError): boolean {
    if (code === 'state_unavailable' || code === 'storage_unavailable') return true;
    return recovery === 'retry_later' && retryAfterMs !== undefined;
  }

  protected async ended(job: PlanJob, made?: MadePlan): Promise<void> {
    if (made?.question !== undefined) await this.cache.keep(job, made.question);
  }
}
