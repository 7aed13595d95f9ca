// Attribute filters of a search: read once with OpenAI's refusals, then asked of each file's attributes.

import { ApiError } from '../errors.js';

export type Attribute = string | number | boolean;
export type Attributes = Readonly<Record<string, Attribute>>;
export type Filter = (attributes: Attributes) => boolean;

const MAX_DEPTH = 16;

/**
 * A comparison or a compound filter as a question.
 * @param path name of the field in error messages
 * @throws ApiError 400 for shapes that OpenAI refuses
 */
export function toFilter(value: unknown, path = 'filters', depth = 0): Filter {
  if (typeof value !== 'object' || value === null) throw ApiError.invalidType(path, 'an object', value);
  if (depth > MAX_DEPTH) throw ApiError.badRequest(`Invalid '${path}': nested too deeply.`, path);
  const filter = value as Record<string, unknown>;
  const { type } = filter;
  if (type === 'and' || type === 'or') {
    const { filters } = filter;
    if (!Array.isArray(filters))
      throw ApiError.invalidType(`${path}.filters`, 'an array of filters', filters);
    const parts = filters.map((part: unknown, index) =>
      toFilter(part, `${path}.filters[${index}]`, depth + 1),
    );
    return type === 'and'
      ? (attributes) => parts.every((part) => part(attributes))
      : (attributes) => parts.some((part) => part(attributes));
  }
  const { key, value: wanted } = filter;
  if (typeof key !== 'string')
    throw key === undefined
      ? ApiError.missing(`${path}.key`)
      : ApiError.invalidType(`${path}.key`, 'a string', key);
  if (wanted === undefined) throw ApiError.missing(`${path}.value`);
  const compare = comparison(String(type), wanted, path);
  // A file without the attribute answers no comparison but "is not".
  return (attributes) =>
    Object.hasOwn(attributes, key) ? compare(attributes[key]!) : type === 'ne' || type === 'nin';
}

function comparison(type: string, wanted: unknown, path: string): (actual: Attribute) => boolean {
  if (type === 'in' || type === 'nin') {
    if (!Array.isArray(wanted)) throw ApiError.invalidType(`${path}.value`, 'an array', wanted);
    return (actual) => wanted.includes(actual) === (type === 'in');
  }
  if (typeof wanted !== 'string' && typeof wanted !== 'number' && typeof wanted !== 'boolean')
    throw ApiError.invalidType(`${path}.value`, 'a string, a number or a boolean', wanted);
  switch (type) {
    case 'eq':
      return (actual) => actual === wanted;
    case 'ne':
      return (actual) => actual !== wanted;
    case 'gt':
      return (actual) => typeof actual === typeof wanted && actual > wanted;
    case 'gte':
      return (actual) => typeof actual === typeof wanted && actual >= wanted;
    case 'lt':
      return (actual) => typeof actual === typeof wanted && actual < wanted;
    case 'lte':
      return (actual) => typeof actual === typeof wanted && actual <= wanted;
    default:
      throw ApiError.badRequest(
        `Invalid value: '${type}'. Supported values are: 'eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'nin', 'and', and 'or'.`,
        `${path}.type`,
        'invalid_value',
      );
  }
}
