// One question to the model for a plan: masked, within the limits, booked, streamed to whoever watches, asked again where the provider stumbles.
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { PrivacyConfig, RunsConfig, type PiiKind } from '#config';
import { ParleyError } from '#contracts';
import {
  ModelClients,
  toUpstreamError,
  type ModelOutcome,
  type ModelRequest,
  type ModelSink,
  type ResponseInputItem,
} from '#openai';
import { PersonalDataMasker, restoreJson } from '#privacy';
import { estimateTokens, Limits, type Settlement } from '#usage';
import type { JobWatch } from '../jobs/job-watch.js';
import { reserveStart } from '../jobs/reserve-start.js';
import { retryPause } from './retry-pause.js';
import type { PlanJob } from './plan-record.js';

@Injectable()
export class PlanCall {
  private readonly logger = new Logger('Plans');

  constructor(
    private readonly clients: ModelClients,
    private readonly limits: Limits,
    private readonly runs: RunsConfig,
    private readonly privacy: PrivacyConfig,
  ) {}

  /**
   * @param part of the job's work; the same over its repeats
   * @throws UpstreamError, ParleyError `token_limit_reached`, `budget_exhausted`, `rate_limited`, `run_cancelled`
   */
  async ask(job: PlanJob, part: string, question: ModelRequest, watch: JobWatch): Promise<ModelOutcome> {
    const masker = new PersonalDataMasker({
      mode: this.privacy.mode,
      kinds: this.privacy.kinds as PiiKind[],
    });
    const masked = this.privacy.mode === 'off' ? question : maskQuestion(masker, question);
    for (let failures = 0; ; failures++) {
      let heard = false;
      try {
        const outcome = await this.once(
          job,
          `${job.id}:${part}:${job.attempt}:${failures}`,
          masked,
          watch,
          () => {
            heard = true;
          },
        );
        return { ...outcome, text: restoreJson(masker, outcome.text) };
      } catch (error) {
        if (watch.signal.aborted || !(error instanceof Error)) throw error;
        if (error instanceof ParleyError && !('kind' in error)) throw error;
        const upstream = toUpstreamError(error);
        const pause = retryPause(upstream, failures, this.runs.maxRetries);
        if (heard) watch.tell({ type: 'reset' });
        if (pause === undefined) throw upstream;
        const { kind, detail } = upstream;
        this.logger.warn({ document: job.id, kind, detail, ms: pause }, 'plan is asked for again');
        await sleep(pause, undefined, { signal: watch.signal });
      }
    }
  }

  private async once(
    job: PlanJob,
    id: string,
    question: ModelRequest,
    watch: JobWatch,
    heard: () => void,
  ): Promise<ModelOutcome> {
    const { tenant, user } = job;
    const { model, max_output_tokens = 0 } = question;
    const input_tokens = estimateTokens(
      JSON.stringify([question.instructions, question.input, question.text]),
    );
    const ask = { id, tenant, user, model, input_tokens, max_output_tokens };
    const most = await reserveStart(this.limits, ask, watch.signal);
    const about = { tenant, user, source: 'rest', kind: 'plan', at: Date.now() };
    let response_id: string | undefined;
    let spoken = '';
    const sink: ModelSink = {
      created: (id) => {
        response_id = id;
      },
      text: (delta) => {
        heard();
        spoken += delta;
        watch.tell({ type: 'text', delta });
      },
      progress: () => undefined,
    };
    try {
      const bounded = { ...question, max_output_tokens: most };
      const outcome = await this.clients.get().stream(bounded, sink, watch.signal);
      const { usage, response_id: answered = response_id } = outcome;
      await this.settle(id, {
        ...about,
        model: outcome.model,
        outcome: 'completed',
        usage,
        response_id: answered,
      });
      return outcome;
    } catch (error) {
      const { request_id } = toUpstreamError(error);
      const output_tokens = estimateTokens(spoken);
      const usage = { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
      const cancelled = watch.signal.aborted;
      const outcome = cancelled ? 'cancelled' : spoken === '' ? 'failed' : 'unknown';
      await this.settle(id, {
        ...about,
        model,
        outcome,
        provider_request_id: request_id,
        response_id,
        // What was refused at once was not used.
        ...(outcome !== 'failed' && { usage }),
      });
      throw error;
    }
  }

  private async settle(id: string, told: Settlement): Promise<void> {
    // What could not be told to Redis is told later; anything else must not cost the answer.
    await this.limits.settle(id, told).catch(() => undefined);
  }
}

/** Instructions may be a caller's own. Ids of files are no texts. */
function maskQuestion(masker: PersonalDataMasker, question: ModelRequest): ModelRequest {
  const { instructions, input } = question;
  return {
    ...question,
    ...(instructions !== undefined && { instructions: masker.mask(instructions) }),
    input: input.map((item) => maskItem(masker, item)),
  };
}

function maskItem(masker: PersonalDataMasker, item: ResponseInputItem): ResponseInputItem {
  if (!('content' in item)) return item;
  const { content } = item;
  if (typeof content === 'string') return { ...item, content: masker.mask(content) } as ResponseInputItem;
  if (!Array.isArray(content)) return item;
  const parts = (content as { type: string; text?: string }[]).map((part) =>
    part.text === undefined ? part : { ...part, text: masker.mask(part.text) },
  );
  return { ...item, content: parts } as ResponseInputItem;
}
