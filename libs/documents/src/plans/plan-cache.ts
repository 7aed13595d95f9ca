// Answers to equal questions, found again: a pointer to the plan that has the answer, so that what is erased there is nowhere else.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DocumentsConfig } from '#config';
import type { ModelRequest } from '#openai';
import { StateRedis } from '#redis';
import { DocumentJobs } from '../jobs/document-jobs.js';
import type { PlanJob, PlanResult } from './plan-record.js';

@Injectable()
export class PlanCache {
  constructor(
    private readonly redis: StateRedis,
    private readonly jobs: DocumentJobs,
    private readonly config: DocumentsConfig,
  ) {}

  async find(job: PlanJob, question: ModelRequest): Promise<PlanResult | undefined> {
    if (!this.takes(question)) return undefined;
    const id = await this.redis.attempt((client) => client.get(this.keyOf(job, question)));
    if (id === null) return undefined;
    const known = (await this.jobs.get(id)) as PlanJob | undefined;
    return known?.tenant === job.tenant && known.state === 'completed' ? known.result : undefined;
  }

  /** That job's answer is the one from now on. Never throws: a lost one is asked for again. */
  async keep(job: PlanJob, question: ModelRequest): Promise<void> {
    if (!this.takes(question)) return;
    await this.redis
      .attempt((client) => client.set(this.keyOf(job, question), job.id, 'EX', this.config.planCacheSeconds))
      .catch(() => undefined);
  }

  /** What a vector store finds changes with the store. */
  private takes(question: ModelRequest): boolean {
    return this.config.planCacheSeconds > 0 && question.tools.length === 0;
  }

  private keyOf({ tenant }: PlanJob, question: ModelRequest): string {
    const hash = createHash('sha256')
      .update(JSON.stringify([tenant, question]))
      .digest('base64url');
    return `${this.redis.keys.documents}cache:${hash}`;
  }
}
