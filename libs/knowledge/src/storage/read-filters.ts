// What a search may be narrowed by, checked here: the provider's own refusal would look like a failure of ours. Pure.
import { isPlainObject, ParleyError } from '#contracts';

const COMPARISONS = new Set(['eq', 'ne', 'gt', 'gte', 'lt', 'lte']);
const LISTS = new Set(['in', 'nin']);
const MOST_DEPTH = 4;
const MOST_PARTS = 50;
const MOST_VALUES = 100;

/** @throws ParleyError `invalid_request` */
export function readFilters(filters: unknown): object {
  let parts = 0;
  const check = (part: unknown, path: string, depth: number): void => {
    if (!isPlainObject(part)) throw wrong(path, 'must be an object');
    if (++parts > MOST_PARTS) throw wrong('filters', `must have at most ${MOST_PARTS} parts`);
    const { type, key, value, filters: inner, ...rest } = part;
    if (Object.keys(rest).length > 0) throw wrong(path, 'has an unknown member');
    if (type === 'and' || type === 'or') {
      if (depth >= MOST_DEPTH) throw wrong(path, 'is nested too deeply');
      if (!Array.isArray(inner) || inner.length === 0) throw wrong(path, 'needs filters, a list');
      inner.forEach((one, i) => check(one, `${path}.filters[${i}]`, depth + 1));
      return;
    }
    if (typeof key !== 'string' || !/^[\w.-]{1,64}$/.test(key)) throw wrong(path, 'needs a key');
    if (COMPARISONS.has(type as string) ? isValue(value) : LISTS.has(type as string) && isList(value)) return;
    throw wrong(path, 'needs a type and a value that fits it');
  };
  check(filters, 'filters', 0);
  return filters as object;
}

const isValue = (value: unknown): boolean =>
  (typeof value === 'string' && value.length <= 512) || typeof value === 'boolean' || Number.isFinite(value);

const isList = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= MOST_VALUES &&
  value.every((one) => isValue(one));

const wrong = (path: string, rule: string): ParleyError =>
  new ParleyError('invalid_request', `unable to read filters; ${path} ${rule}`, {
    details: [`${path} ${rule}`],
  });
