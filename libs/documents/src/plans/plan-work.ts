// Makes one plan, from claim to end: from the cache, or by the model, told while it is made.
import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { DocumentsConfig } from '#config';
import { toParleyError } from '#contracts';
import { UpstreamError } from '#openai';
import { DocumentJobs } from '../jobs/document-jobs.js';
import { JobWatch } from '../jobs/job-watch.js';
import { nextTry } from '../jobs/next-try.js';
import { PlanAnswer } from './plan-answer.js';
import { PlanCache } from './plan-cache.js';
import { planQuestion } from './plan-question.js';
import type { PlanJob, PlanResult } from './plan-record.js';
import { PlanSources } from './plan-sources.js';

@Injectable()
export class PlanWork {
  private readonly logger = new Logger('Plans');

  constructor(
    private readonly jobs: DocumentJobs,
    private readonly sources: PlanSources,
    private readonly cache: PlanCache,
    private readonly answers: PlanAnswer,
    private readonly config: DocumentsConfig,
  ) {}

  /** @returns what became of it; the job's result */
  async perform(id: string): Promise<{ state: string }> {
    const owner = randomUUID();
    const claim = await this.jobs.claim(id, owner);
    if (claim !== 'ok') return { state: claim };
    const job = (await this.jobs.get(id)) as PlanJob;
    const watch = new JobWatch(this.jobs, id, owner);
    const begun = performance.now();
    try {
      const result = await this.make(job, watch, owner);
      const { cached, repaired } = result;
      const ms = Math.round(performance.now() - begun);
      this.logger.log({ ...told(job), outcome: 'completed', cached, repaired, ms }, 'plan ends');
      return { state: 'completed' };
    } catch (error) {
      return { state: await this.fail(job, owner, watch, error) };
    } finally {
      watch.stop();
    }
  }

  private async make(job: PlanJob, watch: JobWatch, owner: string): Promise<PlanResult> {
    if (job.attempt > 1) watch.tell({ type: 'reset' });
    watch.progress({ stage: 'reading', done: 0, total: 2 });
    const texts = await this.sources.of(job);
    const question = planQuestion(job.request, texts, this.config.planOutputTokens);
    const known = job.request.cache ? await this.cache.find(job, question) : undefined;
    if (known === undefined) watch.progress({ stage: 'writing', done: 1, total: 2 });
    const nothing = { input_tokens: 0, output_tokens: 0, total_tokens: 0 };
    const result: PlanResult =
      known === undefined
        ? await this.answers.get(job, question, watch)
        : { ...known, usage: nothing, cached: true };
    watch.progress({ stage: 'done', done: 2, total: 2 });
    await watch.flush();
    watch.signal.throwIfAborted();
    if ((await this.jobs.end(job.id, owner, 'completed', { result })) && known === undefined)
      await this.cache.keep(job, question);
    return result;
  }

  /** @returns the state that it is in now */
  private async fail(job: PlanJob, owner: string, watch: JobWatch, thrown: unknown): Promise<string> {
    const error = toParleyError(thrown);
    const { code, details } = error;
    await watch.flush().catch(() => undefined);
    if (watch.lost) return 'lost';
    if (watch.cancelled) {
      await this.jobs.end(job.id, owner, 'cancelled');
      this.logger.log({ ...told(job), outcome: 'cancelled' }, 'plan ends');
      return 'cancelled';
    }
    const upstream = error instanceof UpstreamError;
    const log = { ...told(job), code, ...(upstream && { kind: error.kind, detail: error.detail }) };
    const pause = isWorthWaiting(error) ? nextTry(job, error) : undefined;
    if (pause !== undefined) {
      await this.jobs.park(job.id, owner, pause, { code, details });
      this.logger.warn(log, 'plan is tried again later');
      return 'queued';
    }
    this.logger.error({ ...log, ...(code === 'internal' && { err: error.cause }) }, 'plan failed');
    await this.jobs.end(job.id, owner, 'failed', { fault: { code, details } });
    return 'failed';
  }
}

const told = (job: PlanJob) => ({ document: job.id, attempt: job.attempt, task: job.request.task });

/** The question has been asked often enough by now: what else helps is a time that somebody named, or a state of ours that comes back. */
function isWorthWaiting(error: ReturnType<typeof toParleyError>): boolean {
  if (error.code === 'state_unavailable' || error.code === 'storage_unavailable') return true;
  return error.recovery === 'retry_later' && error.retryAfterMs !== undefined;
}
