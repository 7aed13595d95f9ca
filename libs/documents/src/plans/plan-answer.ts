// From a question to an answer that fits its schema: checked again here, asked for once more when it does not, a refusal told as one.
import { Injectable } from '@nestjs/common';
import { ParleyError } from '#contracts';
import { ModelCatalogue, type ModelOutcome, type ModelRequest } from '#openai';
import type { JobWatch } from '../jobs/job-watch.js';
import { readAnswer, type ReadAnswer } from './answer-forms.js';
import { PlanCall } from './plan-call.js';
import { repairQuestion } from './plan-question.js';
import type { PlanJob, PlanResult, PlanUsage } from './plan-record.js';
import {
  GRADE_DIMENSIONS,
  type AppliedTranscript,
  type PlanGrades,
  type StrategicBuildPlan,
} from './plan-schema.js';

/** Of an answer that was cut off, for the second try. */
const MORE_ROOM = 2;
/** An answer that is repeated to the model, at most. */
const MOST_REPEATED = 200_000;

@Injectable()
export class PlanAnswer {
  constructor(
    private readonly call: PlanCall,
    private readonly catalogue: ModelCatalogue,
  ) {}

  /** @throws ParleyError `content_refused`, `answer_invalid` with its faults; what {@link PlanCall.ask} throws */
  async get(job: PlanJob, question: ModelRequest, watch: JobWatch): Promise<PlanResult> {
    const first = await this.call.ask(job, 'answer', question, watch);
    let outcome = first;
    let read = this.read(job, first);
    if (!read.ok) {
      watch.tell({ type: 'reset' });
      watch.progress({ stage: 'repairing', done: 1, total: 2 });
      const again = await this.call.ask(job, 'repair', this.repaired(question, first, read.faults), watch);
      outcome = again;
      read = this.read(job, again);
      if (!read.ok)
        throw new ParleyError('answer_invalid', 'unable to plan; no answer of the model fits', {
          details: read.faults,
        });
    }
    const repaired = outcome !== first;
    const usage = repaired ? sum(first.usage, outcome.usage) : sum(first.usage);
    return { ...toResult(job, read.value), model: outcome.model, usage, cached: false, repaired };
  }

  private read(job: PlanJob, { refusal, status, incomplete_reason, text }: ModelOutcome): ReadAnswer {
    if (refusal !== undefined && refusal !== '')
      throw new ParleyError('content_refused', 'unable to plan; the model refused', {
        details: ['answer: the model refused to give one'],
      });
    if (status === 'incomplete') {
      if (incomplete_reason === 'content_filter')
        throw new ParleyError('content_refused', 'unable to plan; the provider filtered the answer');
      return { ok: false, faults: ['answer: is cut off at the limit of output tokens'] };
    }
    return readAnswer(job.request.task, text);
  }

  private repaired(question: ModelRequest, first: ModelOutcome, faults: string[]): ModelRequest {
    if (first.status !== 'incomplete')
      return repairQuestion(question, first.text.slice(0, MOST_REPEATED), faults);
    // It was not wrong, it had no room.
    const most = this.catalogue.entry(question.model)?.max_output_tokens ?? Infinity;
    return {
      ...question,
      max_output_tokens: Math.min(most, (question.max_output_tokens ?? 0) * MORE_ROOM),
    };
  }
}

function toResult(
  { request }: PlanJob,
  value: unknown,
): Pick<PlanResult, 'plan' | 'summary' | 'changes' | 'grade'> {
  const generated_at = new Date().toISOString();
  switch (request.task) {
    case 'create': {
      const { customer, project_name, family_of_parts } = request.wish;
      const plan = value as StrategicBuildPlan;
      return {
        plan: {
          ...plan,
          // What was said is not for the model to change.
          customer,
          ...(project_name !== undefined && { project_name }),
          ...(family_of_parts !== undefined && { family_of_parts }),
          generated_at,
        },
      };
    }
    case 'apply': {
      const { plan, summary, changes } = value as AppliedTranscript;
      return { plan: { ...plan, generated_at }, summary, changes };
    }
    case 'grade': {
      const dimensions = value as PlanGrades;
      const total = GRADE_DIMENSIONS.reduce((sum, name) => sum + dimensions[name].score, 0);
      return { grade: { overall: Math.round(total / GRADE_DIMENSIONS.length), dimensions } };
    }
    default:
      return request satisfies never;
  }
}

const sum = (...all: PlanUsage[]): PlanUsage => ({
  input_tokens: all.reduce((total, usage) => total + usage.input_tokens, 0),
  output_tokens: all.reduce((total, usage) => total + usage.output_tokens, 0),
  total_tokens: all.reduce((total, usage) => total + usage.total_tokens, 0),
});
