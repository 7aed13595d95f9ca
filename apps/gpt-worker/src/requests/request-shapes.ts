// Members of a request that may have one of several shapes: whether a value has one of them, and what it then means. Pure.
import { isPlainObject, type AnswerFormat, type ContextTurn } from '#contracts';

const ROLES: ReadonlySet<unknown> = new Set(['user', 'assistant', 'system']);
const SCHEMA_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const PRIORITIES: Readonly<Record<string, number>> = { low: 0, normal: 3, high: 7, urgent: 10 };
/** Of a request that says nothing. */
export const USUAL_PRIORITY = 3;

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.isWellFormed() && !value.includes('\0');

const isTurn = (value: unknown): value is ContextTurn =>
  isPlainObject(value) && ROLES.has(value['role']) && isText(value['content']);

export function isContext(value: unknown): boolean {
  return isText(value) || (Array.isArray(value) && value.every((turn) => isText(turn) || isTurn(turn)));
}

/** A text without a role is something that was said to the model, not by it. */
export function toContext(value: unknown): ContextTurn[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  return list
    .map((turn): ContextTurn => {
      if (typeof turn === 'string') return { role: 'user', content: turn };
      const { role, content } = turn as ContextTurn;
      return { role, content };
    })
    .filter(({ content }) => content !== '');
}

export function isAnswerFormat(value: unknown): boolean {
  if (value === 'text' || value === 'json_object') return true;
  if (!isPlainObject(value)) return false;
  if (value['type'] === 'text' || value['type'] === 'json_object') return true;
  const schema = value['json_schema'];
  return (
    value['type'] === 'json_schema' &&
    isPlainObject(schema) &&
    typeof schema['name'] === 'string' &&
    SCHEMA_NAME.test(schema['name']) &&
    isPlainObject(schema['schema'])
  );
}

/** @returns undefined for plain text */
export function toAnswerFormat(value: unknown): AnswerFormat | undefined {
  const type = typeof value === 'string' ? value : (value as { type: string }).type;
  if (type === 'text') return undefined;
  if (type === 'json_object') return { type };
  const { name, schema, strict } = (value as { json_schema: Record<string, unknown> }).json_schema;
  return {
    type: 'json_schema',
    name: name as string,
    schema: schema as Record<string, unknown>,
    ...(typeof strict === 'boolean' && { strict }),
  };
}

export function isPriority(value: unknown): boolean {
  return toPriority(value) !== undefined;
}

/** @param value as it stands in a request, or as text in a record's header */
export function toPriority(value: unknown): number | undefined {
  if (typeof value === 'string' && Object.hasOwn(PRIORITIES, value)) return PRIORITIES[value];
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return Number.isInteger(number) && Number(number) >= 0 && Number(number) <= 10 ? Number(number) : undefined;
}

export const isDeadline = (value: unknown): boolean => toDeadline(value) !== undefined;

const ISO_TIME = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/** @returns UTC ms */
export function toDeadline(value: unknown): number | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) && value > 0 && value < 1e11 ? value * 1_000 : undefined;
  const date = typeof value === 'string' && ISO_TIME.exec(value)?.[1];
  // Thirty-one days in February would be some other day.
  if (!date || toDay(Date.parse(date)) !== date) return undefined;
  const at = Date.parse(value as string);
  return Number.isNaN(at) ? undefined : at;
}

const toDay = (at: number): string | undefined =>
  Number.isNaN(at) ? undefined : new Date(at).toISOString().slice(0, 10);
