// One upload from its form to the provider: files are kept one after the other as they come, and go on to the provider meanwhile, a few at a
// time. What fails fails alone.
import { Injectable } from '@nestjs/common';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Transform } from 'class-transformer';
import type { FastifyRequest } from 'fastify';
import { KnowledgeConfig } from '#config';
import { ParleyError, toParleyError, validate } from '#contracts';
import { Files, UPLOAD_PURPOSES, type FileRecord, type UploadPurpose } from '#knowledge';
import { FILE_LIMITS } from '#openai';
import { principalOf } from '../access/request-principal.js';
import { rawForm } from '../forms/raw-forms.js';
import { readForm, type FormFields } from '../forms/read-form.js';

const AT_ONCE = 4;
const FIELDS = { fields: 8, fieldBytes: 1_024 };

const toNumber = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;

export class UploadOptions {
  @IsIn(UPLOAD_PURPOSES)
  purpose: UploadPurpose = 'assistants';

  @IsString()
  @Matches(/^[a-z0-9][a-z0-9_-]{0,63}$/)
  profile: string = 'default';

  @IsOptional()
  @Transform(toNumber)
  @IsInt()
  @Min(FILE_LIMITS.expires.least)
  @Max(FILE_LIMITS.expires.most)
  expires_after_seconds?: number;
}

export type Uploaded = { record: FileRecord } | { error: ParleyError };

@Injectable()
export class TakeUpload {
  private busy = 0;

  constructor(
    private readonly files: Files,
    private readonly config: KnowledgeConfig,
  ) {}

  /**
   * @returns in the order of the form
   * @throws ParleyError for what concerns the whole form: `busy`, `invalid_request`, `run_cancelled`
   */
  async from(request: FastifyRequest): Promise<Uploaded[]> {
    if (this.busy >= this.config.uploadsAtOnce)
      throw new ParleyError('busy', 'unable to take upload; too many are under way', { retryAfterMs: 2_000 });
    this.busy += 1;
    try {
      return await this.read(request);
    } finally {
      this.busy -= 1;
    }
  }

  private async read(request: FastifyRequest): Promise<Uploaded[]> {
    const { tenant, subject: user } = principalOf(request);
    const query = request.query as Record<string, unknown>;
    const results: Promise<Uploaded>[] = [];
    const under = new Set<Promise<unknown>>();
    const limits = { files: this.config.uploadMaxFiles, ...FIELDS };
    validate(UploadOptions, query, 'refuse');
    try {
      await readForm(rawForm(request), limits, async ({ fields, file, signal }) => {
        const { purpose, profile, expires_after_seconds } = validate(
          UploadOptions,
          { ...singly(fields), ...query },
          'refuse',
        );
        while (under.size >= AT_ONCE) await Promise.race(under);
        const wish = { tenant, user, purpose, profile, name: file.name, body: file.body, signal };
        try {
          const { uploaded } = await this.files.receive({
            ...wish,
            ...(expires_after_seconds !== undefined && { expires_after_seconds }),
          });
          const settled = uploaded.then(
            (record) => ({ record }),
            (error: unknown) => ({ error: toParleyError(error) }),
          );
          results.push(settled);
          under.add(settled);
          void settled.then(() => under.delete(settled));
        } catch (error) {
          if (signal.aborted) throw error;
          results.push(Promise.resolve({ error: toParleyError(error) }));
        }
      });
    } catch (error) {
      await this.undo(results);
      throw error;
    }
    return Promise.all(results);
  }

  /** Nobody hears of the files that came before the form broke off. */
  private async undo(results: readonly Promise<Uploaded>[]): Promise<void> {
    for (const result of await Promise.all(results))
      if ('record' in result) await this.files.delete(result.record).catch(() => undefined);
  }
}

/** One that comes twice is a list, which no option is. */
const singly = (fields: FormFields): Record<string, unknown> =>
  Object.fromEntries([...fields].map(([name, values]) => [name, values.length > 1 ? values : values[0]]));
