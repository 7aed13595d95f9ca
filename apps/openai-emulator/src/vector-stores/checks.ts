// What OpenAI checks in requests about vector stores before it does anything.

import { ApiError } from '../errors.js';
import { checkMetadata } from '../metadata.js';
import { AUTO_SIZES, type ChunkSizes } from './chunks.js';
import type { Attributes } from './filters.js';

export interface ExpiresAfter {
  anchor: 'last_active_at';
  days: number;
}

/** @throws ApiError 400 unknown_parameter */
export function onlyFields(body: Record<string, unknown>, names: readonly string[], path = ''): void {
  for (const name of Object.keys(body))
    if (!names.includes(name))
      throw ApiError.badRequest(`Unknown parameter: '${path}${name}'.`, path + name, 'unknown_parameter');
}

/** @throws ApiError 400 */
export function integerIn(value: unknown, name: string, least: number, most: number): number {
  if (typeof value !== 'number') throw ApiError.invalidType(name, 'an integer', value);
  if (!Number.isInteger(value)) throw ApiError.invalidType(name, 'an integer', value);
  if (value < least)
    throw ApiError.badRequest(
      `Invalid '${name}': integer below minimum value. Expected a value >= ${least}, but got ${value} instead.`,
      name,
      'integer_below_min_value',
    );
  if (value > most)
    throw ApiError.badRequest(
      `Invalid '${name}': integer above maximum value. Expected a value <= ${most}, but got ${value} instead.`,
      name,
      'integer_above_max_value',
    );
  return value;
}

/** A list of ids. @throws ApiError 400 */
export function idsIn(value: unknown, name: string, most: number): string[] {
  if (!Array.isArray(value)) throw ApiError.invalidType(name, 'an array of strings', value);
  tooMany(value, name, most);
  for (const [index, id] of value.entries())
    if (typeof id !== 'string') throw ApiError.invalidType(`${name}[${index}]`, 'a string', id);
  return value as string[];
}

/** @throws ApiError 400 array_above_max_length */
export function tooMany(value: readonly unknown[], name: string, most: number): void {
  if (value.length > most)
    throw ApiError.badRequest(
      `Invalid '${name}': array too long. Expected an array with maximum length ${most}, but got an array with length ${value.length} instead.`,
      name,
      'array_above_max_length',
    );
}

/** @returns undefined when absent or null. @throws ApiError 400 */
export function expiresAfter(value: unknown): ExpiresAfter | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') throw ApiError.invalidType('expires_after', 'an object', value);
  const { anchor, days } = value as Record<string, unknown>;
  if (anchor !== 'last_active_at')
    throw ApiError.badRequest(
      `Invalid value: '${String(anchor)}'. Supported values are: 'last_active_at'.`,
      'expires_after.anchor',
      'invalid_value',
    );
  return { anchor, days: integerIn(days, 'expires_after.days', 1, 365) };
}

/** `auto` where absent. @throws ApiError 400 */
export function chunkSizes(value: unknown, path = 'chunking_strategy'): ChunkSizes {
  if (value === undefined || value === null) return AUTO_SIZES;
  if (typeof value !== 'object') throw ApiError.invalidType(path, 'an object', value);
  const { type, static: sizes } = value as Record<string, unknown>;
  if (type === 'auto') return AUTO_SIZES;
  if (type !== 'static')
    throw ApiError.badRequest(
      `Invalid value: '${String(type)}'. Supported values are: 'static' and 'auto'.`,
      `${path}.type`,
      'invalid_value',
    );
  if (typeof sizes !== 'object' || sizes === null) throw ApiError.missing(`${path}.static`);
  const { max_chunk_size_tokens: size, chunk_overlap_tokens: overlap } = sizes as Record<string, unknown>;
  const max = integerIn(size, `${path}.static.max_chunk_size_tokens`, 100, 4_096);
  return {
    max_chunk_size_tokens: max,
    // At most half: more is refused.
    chunk_overlap_tokens: integerIn(overlap, `${path}.static.chunk_overlap_tokens`, 0, Math.floor(max / 2)),
  };
}

/** Sixteen attributes of 64 and 512 characters. @throws ApiError 400 naming the offending key */
export function attributesIn(value: unknown, path = 'attributes'): Attributes {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw ApiError.invalidType(path, 'an object', value);
  const texts: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(value)) {
    const scalar = typeof each === 'number' || typeof each === 'boolean';
    if (typeof each !== 'string' && !scalar)
      throw ApiError.invalidType(`${path}.${key}`, 'a string, a number or a boolean', each);
    texts[key] = scalar ? '' : each;
  }
  // The limits are those of metadata, and so are the words of the refusal.
  checkMetadata(texts, path);
  return { ...(value as Attributes) };
}
