// One turn at a document, from claim to end, the same for every kind: kept alive, told to its watchers, cancelled, tried again later, failed.
import { randomUUID } from 'node:crypto';
import type { Logger } from '@nestjs/common';
import { toParleyError, type ParleyError } from '#contracts';
import { UpstreamError } from '#openai';
import type { DocumentJob } from './document-job.js';
import type { DocumentJobs } from './document-jobs.js';
import { JobWatch } from './job-watch.js';
import { nextTry } from './next-try.js';

/** @typeParam Made what making gives: the result, and what else its end needs */
export abstract class DocumentWork<Job extends DocumentJob, Made extends { result: object }> {
  /** What it makes, in one word, for the log. */
  protected abstract readonly noun: string;
  protected abstract readonly logger: Logger;

  constructor(protected readonly jobs: DocumentJobs) {}

  /** @returns what became of it; the job's result */
  async perform(id: string): Promise<{ state: string }> {
    const owner = randomUUID();
    const claim = await this.jobs.claim(id, owner);
    if (claim !== 'ok') return { state: claim };
    const job = (await this.jobs.get(id)) as Job;
    const watch = new JobWatch(this.jobs, id, owner);
    try {
      return { state: await this.complete(job, owner, watch) };
    } catch (error) {
      return { state: await this.fail(job, owner, watch, toParleyError(error)) };
    } finally {
      watch.stop();
    }
  }

  /** @param owner by whom parts are kept */
  protected abstract make(job: Job, watch: JobWatch, owner: string): Promise<Made>;
  /** What the log says of a document; no words of anybody's. */
  protected abstract about(job: Job): object;
  /** What the log says of what was made. */
  protected abstract summary(made: Made): object;
  /** Whether another try may help: how often and when is the same for all. */
  protected abstract mayHelp(error: ParleyError): boolean;
  /** It has ended. @param made absent = in vain */
  protected abstract ended(job: Job, made?: Made): Promise<void>;

  private async complete(job: Job, owner: string, watch: JobWatch): Promise<string> {
    const begun = performance.now();
    const made = await this.make(job, watch, owner);
    await watch.flush();
    // Whoever has it now goes on with it, and needs what it is made from.
    if (!(await this.jobs.end(job.id, owner, 'completed', { result: made.result }))) return 'lost';
    await this.ended(job, made);
    const ms = Math.round(performance.now() - begun);
    this.tell(job, { outcome: 'completed', ...this.summary(made), ms });
    return 'completed';
  }

  /** @returns the state that it is in now */
  private async fail(job: Job, owner: string, watch: JobWatch, error: ParleyError): Promise<string> {
    await watch.flush().catch(() => undefined);
    if (watch.lost) return 'lost';
    if (watch.cancelled) {
      if (await this.jobs.end(job.id, owner, 'cancelled')) await this.ended(job);
      this.tell(job, { outcome: 'cancelled' });
      return 'cancelled';
    }
    const { code, details } = error;
    const upstream = error instanceof UpstreamError && { kind: error.kind, detail: error.detail };
    const log = { ...this.named(job), code, ...upstream };
    const pause = this.mayHelp(error) ? nextTry(job, error) : undefined;
    if (pause !== undefined) {
      await this.jobs.park(job.id, owner, pause, { code, details });
      this.logger.warn(log, `${this.noun} is tried again later`);
      return 'queued';
    }
    this.logger.error({ ...log, ...(code === 'internal' && { err: error.cause }) }, `${this.noun} failed`);
    if (await this.jobs.end(job.id, owner, 'failed', { fault: { code, details } })) await this.ended(job);
    return 'failed';
  }

  private tell(job: Job, fields: object): void {
    this.logger.log({ ...this.named(job), ...fields }, `${this.noun} ends`);
  }

  private named(job: Job): object {
    return { document: job.id, attempt: job.attempt, ...this.about(job) };
  }
}
