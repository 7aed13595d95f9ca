// What is noted of a plan in the making beside what every document has.
import type { DocumentJob } from '../jobs/document-job.js';
import type { MeetingType, PlanWish } from './plan-wish.js';
import type { PlanChange, PlanGrade, StrategicBuildPlan } from './plan-schema.js';

interface Asked {
  /** Resolved. */
  model: string;
  /** Whether an equal question's answer may be taken. */
  cache: boolean;
}

export interface CreateRequest extends Asked {
  task: 'create';
  wish: PlanWish;
}

export interface ApplyRequest extends Asked {
  task: 'apply';
  plan: StrategicBuildPlan;
  /** Id of the plan it starts from. */
  from?: string;
  transcript: string;
  /** Id of the transcription. */
  transcription?: string;
  meeting_type: MeetingType;
}

export interface GradeRequest extends Asked {
  task: 'grade';
  plan: StrategicBuildPlan;
  from?: string;
}

export type PlanRequest = CreateRequest | ApplyRequest | GradeRequest;

/** Tokens over all calls that it took. */
export interface PlanUsage {
  input_tokens: number;
  output_tokens: number;
  total_tokens: number;
}

export interface PlanResult {
  /** Of `create` and `apply`. */
  plan?: StrategicBuildPlan;
  /** Of `apply`. */
  summary?: string;
  changes?: PlanChange[];
  /** Of `grade`. */
  grade?: PlanGrade;
  /** That answered. */
  model: string;
  usage: PlanUsage;
  /** The answer to an equal question was taken; nothing was asked. */
  cached: boolean;
  /** The first answer could not be used and was asked for again. */
  repaired: boolean;
}

export type PlanJob = DocumentJob<PlanRequest, PlanResult>;
