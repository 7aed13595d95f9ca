// Plans for doors: asked for, looked at, improved by what was said, judged, cancelled, deleted. The work itself is plan-work.ts.
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DocumentsConfig, OpenaiConfig } from '#config';
import { newId, ParleyError } from '#contracts';
import { ModelCatalogue } from '#openai';
import { isEnded } from '../jobs/document-job.js';
import { DocumentJobs, type CancelOutcome } from '../jobs/document-jobs.js';
import { spokenLines } from '../transcriptions/transcript/render-transcript.js';
import { Transcriptions } from '../transcriptions/transcriptions.js';
import type { PlanJob, PlanRequest } from './plan-record.js';
import type { StrategicBuildPlan } from './plan-schema.js';
import { MOST_TEXT_BYTES, readApplyWish, readGradeWish, readPlanWish, type ApplyWish } from './plan-wish.js';
import { ProviderIds } from './provider-ids.js';

export interface PlanAsker {
  tenant: string;
  /** Whose usage it is. */
  user?: string;
}

@Injectable()
export class Plans implements OnModuleInit {
  private readonly logger = new Logger('Plans');

  constructor(
    private readonly jobs: DocumentJobs,
    private readonly transcriptions: Transcriptions,
    private readonly catalogue: ModelCatalogue,
    private readonly config: DocumentsConfig,
    private readonly openai: OpenaiConfig,
    private readonly ids: ProviderIds,
  ) {}

  onModuleInit(): void {
    const { model, replaced } = this.catalogue.resolveModel(this.config.planModel, new Date());
    if (replaced !== undefined)
      this.logger.warn(
        { name: replaced.from, model, reason: replaced.reason, shutdown_date: replaced.shutdown_date },
        'OPENAI_MODEL_PLAN names a model that is no more; another is used',
      );
  }

  /** @throws ParleyError `invalid_request` with each fault, `too_large`, `state_unavailable` */
  async create(asker: PlanAsker, value: unknown): Promise<PlanJob> {
    const wish = readPlanWish(value);
    if (this.openai.api === 'chat' && wish.file_ids.length + wish.vector_store_ids.length > 0)
      throw new ParleyError('invalid_request', 'unable to plan; no files over chat completions', {
        details: ['file_ids: files need OPENAI_API=responses; hand their texts over as sources'],
      });
    Object.assign(wish, await this.ids.of(asker.tenant, wish));
    return this.add(asker, { task: 'create', wish, ...this.asked(wish) });
  }

  /** What a meeting said, put into a plan: another plan. @throws the same, and ParleyError `not_found` */
  async apply(asker: PlanAsker, id: string, value: unknown): Promise<PlanJob> {
    const wish = readApplyWish(value);
    const plan = await this.planOf(asker.tenant, id);
    const transcript = await this.transcriptOf(asker.tenant, wish);
    const { meeting_type, transcription } = wish;
    return this.add(asker, {
      task: 'apply',
      plan,
      from: id,
      transcript,
      ...(transcription !== undefined && { transcription }),
      meeting_type,
      ...this.asked(wish),
    });
  }

  /** @throws the same */
  async grade(asker: PlanAsker, id: string, value: unknown): Promise<PlanJob> {
    const wish = readGradeWish(value);
    const plan = await this.planOf(asker.tenant, id);
    return this.add(asker, { task: 'grade', plan, from: id, ...this.asked(wish) });
  }

  async get(tenant: string, id: string): Promise<PlanJob | undefined> {
    if (!/^plan_[0-9a-f]{32}$/.test(id)) return undefined;
    const job = (await this.jobs.get(id)) as PlanJob | undefined;
    return job?.tenant === tenant ? job : undefined;
  }

  async list(
    tenant: string,
    query: { limit: number; order: 'asc' | 'desc'; after?: string },
  ): Promise<{ items: PlanJob[]; next?: string }> {
    const page = await this.jobs.list(tenant, { kind: 'plan', ...query });
    return page as { items: PlanJob[]; next?: string };
  }

  async cancel(tenant: string, id: string): Promise<CancelOutcome> {
    return (await this.get(tenant, id)) === undefined ? 'not_found' : this.jobs.cancel(id);
  }

  /** @returns false when there is none @throws ParleyError `busy` while it is being worked on */
  async delete(tenant: string, id: string): Promise<boolean> {
    const job = await this.get(tenant, id);
    if (job === undefined) return false;
    if (!isEnded(job.state) && (await this.jobs.cancel(id)) === 'requested')
      throw new ParleyError('busy', 'unable to delete plan; it is being stopped', { retryAfterMs: 1_000 });
    return this.jobs.remove(job);
  }

  private async add({ tenant, user }: PlanAsker, request: PlanRequest): Promise<PlanJob> {
    const id = newId('plan');
    const created_at = Date.now();
    await this.jobs.create({ id, kind: 'plan', tenant, created_at, request, ...(user && { user }) });
    return (await this.get(tenant, id))!;
  }

  private asked({ model, cache }: Pick<ApplyWish, 'model' | 'cache'>): { model: string; cache: boolean } {
    const resolved = this.catalogue.resolveModel(model ?? this.config.planModel, new Date());
    return { model: resolved.model, cache };
  }

  private async planOf(tenant: string, id: string): Promise<StrategicBuildPlan> {
    const plan = (await this.get(tenant, id))?.result?.plan;
    if (plan === undefined) throw new ParleyError('not_found', 'unable to find plan; there is none (yet)');
    return plan;
  }

  private async transcriptOf(tenant: string, { transcript, transcription }: ApplyWish): Promise<string> {
    if (transcript !== undefined) return transcript;
    const said = (await this.transcriptions.get(tenant, transcription!))?.result?.transcript;
    if (said === undefined)
      throw new ParleyError('invalid_request', 'unable to apply; there is no such transcript', {
        details: ['transcription: there is no transcript by this id (yet)'],
      });
    const text = spokenLines(said);
    if (Buffer.byteLength(text) > MOST_TEXT_BYTES)
      throw new ParleyError('too_large', 'unable to apply; the transcript is too long', {
        details: [`transcription: at most ${MOST_TEXT_BYTES} bytes of text are taken`],
      });
    return text;
  }
}
