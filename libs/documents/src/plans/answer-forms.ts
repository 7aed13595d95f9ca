// What the model is asked to answer with, for each task: name and schema as they are sent, and the same check on what comes back.
import { Ajv } from 'ajv';
import { APPLIED_SCHEMA, GRADE_SCHEMA, PLAN_SCHEMA, type PlanTaskName } from './plan-schema.js';

export interface AnswerForm {
  name: string;
  schema: Record<string, unknown>;
}

export const ANSWER_FORMS: Readonly<Record<PlanTaskName, AnswerForm>> = {
  create: { name: 'strategic_build_plan', schema: PLAN_SCHEMA },
  apply: { name: 'strategic_build_plan_update', schema: APPLIED_SCHEMA },
  grade: { name: 'strategic_build_plan_grade', schema: GRADE_SCHEMA },
};

/** More would be repeated to the model for nothing. */
const MOST_FAULTS = 10;

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, logger: false });
const checks = new Map(
  (Object.keys(ANSWER_FORMS) as PlanTaskName[]).map((task) => [task, ajv.compile(ANSWER_FORMS[task].schema)]),
);

export type ReadAnswer = { ok: true; value: unknown } | { ok: false; faults: string[] };

/** @returns the answer as a value, or its faults: path and rule, never what it said */
export function readAnswer(task: PlanTaskName, text: string): ReadAnswer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, faults: ['answer: is not valid JSON'] };
  }
  const check = checks.get(task)!;
  if (check(value)) return { ok: true, value };
  const faults = (check.errors ?? []).slice(0, MOST_FAULTS);
  return {
    ok: false,
    faults: faults.map(({ instancePath, message }) => `answer${instancePath}: ${message ?? 'is not valid'}`),
  };
}
