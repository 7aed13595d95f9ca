// What a plan, its grades and its changes look like, as JSON schemas that the strict mode takes: closed objects, every member required,
// no defaults. What may be missing is null. The types beside them say the same.

type Schema = Record<string, unknown>;

export const PLAN_TASKS = ['create', 'apply', 'grade'] as const;
/** What is asked: a new plan; what a meeting said put into one; one judged. */
export type PlanTaskName = (typeof PLAN_TASKS)[number];

const closed = (properties: Record<string, Schema>, description?: string): Schema => ({
  type: 'object',
  ...(description !== undefined && { description }),
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const text = (description?: string): Schema => ({ type: 'string', ...(description && { description }) });
const maybe = (description: string): Schema => ({ type: ['string', 'null'], description });
const list = (items: Schema): Schema => ({ type: 'array', items });

export interface KeyPoint {
  statement: string;
  /** Where it comes from: a source's name, `customer`, `facts`, `transcript`, or `assumption`. */
  source: string;
  /** 0 to 1. */
  confidence: number;
}

export interface PlanSection {
  summary: string;
  points: KeyPoint[];
}

export interface PlanTask {
  title: string;
  owner: string | null;
  /** As it was said: a date, a week, an event. */
  due: string | null;
  source: string;
}

export const PLAN_SECTIONS = [
  'quality_plan',
  'purchasing',
  'history_review',
  'build_strategy',
  'execution_strategy',
  'release_plan',
  'shipping',
] as const;
export type PlanSectionName = (typeof PLAN_SECTIONS)[number];

export interface StrategicBuildPlan extends Record<PlanSectionName, PlanSection> {
  project_name: string;
  customer: string;
  family_of_parts: string | null;
  /** ISO 8601, UTC; ours, not the model's. */
  generated_at: string;
  keys_to_project: KeyPoint[];
  notes: string[];
  tasks: PlanTask[];
}

const SOURCE = 'Name of the source it comes from, or customer, facts, transcript, assumption.';

const point = closed({
  statement: text(),
  source: text(SOURCE),
  confidence: { type: 'number', minimum: 0, maximum: 1, description: '1 = stated by a source, 0 = a guess.' },
});
const section = closed({ summary: text(), points: list(point) });

export const PLAN_SCHEMA: Schema = closed({
  project_name: text(),
  customer: text(),
  family_of_parts: maybe('The family of parts that is built; null when nobody says.'),
  generated_at: text('ISO 8601, UTC.'),
  keys_to_project: list(point),
  ...Object.fromEntries(PLAN_SECTIONS.map((name) => [name, section])),
  notes: list(text()),
  tasks: list(
    closed({
      title: text(),
      owner: maybe('Who does it; null when nobody is named.'),
      due: maybe('When it is due, as it was said; null when nobody says.'),
      source: text(SOURCE),
    }),
  ),
});

export const CHANGE_KINDS = ['added', 'changed', 'removed'] as const;

export interface PlanChange {
  /** Member of the plan that changed. */
  member: string;
  kind: (typeof CHANGE_KINDS)[number];
  what: string;
  /** What was said that asks for it. */
  why: string;
}

export interface AppliedTranscript {
  plan: StrategicBuildPlan;
  summary: string;
  changes: PlanChange[];
}

export const APPLIED_SCHEMA: Schema = closed({
  plan: PLAN_SCHEMA,
  summary: text('What the meeting changed, for somebody who was not there.'),
  changes: list(
    closed({
      member: {
        type: 'string',
        enum: [
          'project_name',
          'customer',
          'family_of_parts',
          'keys_to_project',
          ...PLAN_SECTIONS,
          'notes',
          'tasks',
        ],
      },
      kind: { type: 'string', enum: [...CHANGE_KINDS] },
      what: text(),
      why: text('What was said that asks for it.'),
    }),
  ),
});

export const GRADE_DIMENSIONS = [
  'completeness',
  'specificity',
  'evidence',
  'feasibility',
  'risk_coverage',
] as const;
export type GradeDimension = (typeof GRADE_DIMENSIONS)[number];

export type PlanGrades = Record<GradeDimension, { score: number; reason: string }>;

export interface PlanGrade {
  /** 0 to 100: the mean of the dimensions. */
  overall: number;
  dimensions: PlanGrades;
}

export const GRADE_SCHEMA: Schema = closed(
  Object.fromEntries(
    GRADE_DIMENSIONS.map((name) => [
      name,
      closed({ score: { type: 'integer', minimum: 0, maximum: 100 }, reason: text() }),
    ]),
  ),
);
