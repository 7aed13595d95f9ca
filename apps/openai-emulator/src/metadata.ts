// The limits that OpenAI sets on metadata and attributes everywhere: 16 pairs, keys to 64 characters, values to 512.

import { ApiError } from './errors.js';

/**
 * @param path name of the field in error messages
 * @throws ApiError 400 naming the offending key
 */
export function checkMetadata(metadata: unknown, path = 'metadata'): void {
  if (metadata === undefined || metadata === null) return;
  if (typeof metadata !== 'object' || Array.isArray(metadata)) {
    throw ApiError.invalidType(path, 'an object', metadata);
  }
  const pairs = Object.entries(metadata);
  if (pairs.length > 16) {
    throw ApiError.badRequest(
      `Invalid '${path}': too many properties. Expected an object with at most 16 properties, but got an object with ${pairs.length} properties instead.`,
      path,
      'object_above_max_properties',
    );
  }
  for (const [key, value] of pairs) {
    if (typeof value !== 'string') throw ApiError.invalidType(`${path}.${key}`, 'a string', value);
    if (key.length > 64) {
      throw ApiError.badRequest(
        `Invalid '${path}': key too long. Expected at most 64 characters.`,
        path,
        'string_above_max_length',
      );
    }
    if (value.length > 512) {
      throw ApiError.badRequest(
        `Invalid '${path}.${key}': string too long. Expected a string with maximum length 512, but got a string with length ${value.length} instead.`,
        `${path}.${key}`,
        'string_above_max_length',
      );
    }
  }
}
