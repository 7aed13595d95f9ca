// Plans as REST shows them.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ERRORS } from '#contracts';
import {
  APPLIED_SCHEMA,
  DOCUMENT_STATES,
  GRADE_DIMENSIONS,
  PLAN_SCHEMA,
  PLAN_TASKS,
  type PlanJob,
  type PlanResult,
} from '#documents';

class PlanFaultView {
  @ApiProperty()
  code!: string;
  @ApiProperty({ description: 'HTTP status that it stands for.' })
  status!: number;
  @ApiProperty()
  detail!: string;
  @ApiProperty({ type: [String] })
  errors!: string[];
}

class PlanProgressView {
  @ApiProperty({ description: '`reading`, `writing`, `repairing` or `done`.' })
  stage!: string;
  @ApiProperty()
  done!: number;
  @ApiProperty()
  total!: number;
}

class PlanUsageView {
  @ApiProperty()
  input_tokens!: number;
  @ApiProperty()
  output_tokens!: number;
  @ApiProperty()
  total_tokens!: number;
}

const CHANGES = (APPLIED_SCHEMA['properties'] as Record<string, object>)['changes']!;
const GRADE = {
  type: 'object',
  properties: {
    overall: { type: 'integer', minimum: 0, maximum: 100 },
    dimensions: {
      type: 'object',
      description: GRADE_DIMENSIONS.join(', '),
      additionalProperties: {
        type: 'object',
        properties: { score: { type: 'integer', minimum: 0, maximum: 100 }, reason: { type: 'string' } },
      },
    },
  },
} as const;

export class PlanView {
  @ApiProperty()
  id!: string;
  @ApiProperty({ enum: PLAN_TASKS })
  task!: string;
  @ApiPropertyOptional({ description: 'The plan that it starts from.' })
  from?: string;
  @ApiPropertyOptional({ description: 'The transcription that was put into it.' })
  transcription?: string;
  @ApiProperty({ enum: DOCUMENT_STATES })
  state!: string;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
  @ApiPropertyOptional({ format: 'date-time' })
  started_at?: string;
  @ApiPropertyOptional({ format: 'date-time' })
  ended_at?: string;
  @ApiProperty()
  model!: string;
  @ApiPropertyOptional({ type: PlanProgressView })
  progress?: PlanProgressView;
  @ApiPropertyOptional({ type: PlanFaultView, description: 'Why it failed, or is tried again later.' })
  fault?: PlanFaultView;
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'By `GET /plans/schema`.' })
  plan?: object;
  @ApiPropertyOptional({ description: 'Of a transcript that was applied: what it changed.' })
  summary?: string;
  @ApiPropertyOptional({ ...(CHANGES as { type: 'array'; items: object }) })
  changes?: object[];
  @ApiPropertyOptional(GRADE as never)
  grade?: object;
  @ApiPropertyOptional({ type: PlanUsageView })
  usage?: PlanUsageView;
  @ApiPropertyOptional({ description: 'The answer to an equal question; nothing was asked.' })
  cached?: boolean;
  @ApiPropertyOptional({ description: 'The first answer could not be used.' })
  repaired?: boolean;
}

export class PlanPageView {
  @ApiProperty({ type: [PlanView] })
  items!: PlanView[];
  @ApiPropertyOptional({ description: 'The `after` of the next page.' })
  next?: string;
}

export class PlanCancelView {
  @ApiProperty()
  id!: string;
  @ApiProperty({ enum: ['cancelled', 'requested'], description: '`requested`: the worker has been told.' })
  outcome!: string;
}

export const PLAN_DOCUMENT = PLAN_SCHEMA as never;

const iso = (ms: number): string => new Date(ms).toISOString();

export function toPlanView(job: PlanJob): PlanView {
  const { id, state, created_at, started_at, ended_at, request, progress, fault, result } = job;
  const from = request.task === 'create' ? undefined : request.from;
  const transcription = request.task === 'apply' ? request.transcription : undefined;
  return {
    id,
    task: request.task,
    ...(from !== undefined && { from }),
    ...(transcription !== undefined && { transcription }),
    state,
    created_at: iso(created_at),
    ...(started_at !== undefined && { started_at: iso(started_at) }),
    ...(ended_at !== undefined && { ended_at: iso(ended_at) }),
    ...(progress && { progress }),
    ...(fault && {
      fault: {
        code: fault.code,
        status: ERRORS[fault.code].http,
        detail: ERRORS[fault.code].text,
        errors: [...fault.details],
      },
    }),
    model: result?.model ?? request.model,
    ...(result && shownResult(result)),
  };
}

function shownResult({
  plan,
  summary,
  changes,
  grade,
  usage,
  cached,
  repaired,
}: PlanResult): Partial<PlanView> {
  return {
    ...(plan && { plan }),
    ...(summary !== undefined && { summary }),
    ...(changes && { changes }),
    ...(grade && { grade }),
    usage,
    cached,
    repaired,
  };
}
