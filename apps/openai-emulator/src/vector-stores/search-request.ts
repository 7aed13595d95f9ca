// What a search may ask for, checked: by its own route, and as the file_search tool of a response.

import { ApiError } from '../errors.js';
import { integerIn, onlyFields } from './checks.js';
import { toFilter } from './filters.js';
import type { SearchRequest } from './search.js';

const RANKERS: readonly unknown[] = ['none', 'auto', 'default-2024-11-15'];
const MOST_RESULTS = 50;
const USUAL_RESULTS = 10;

/** Body of POST /vector_stores/{id}/search. @throws ApiError 400 */
export function toSearchRequest(body: Record<string, unknown>): SearchRequest {
  onlyFields(body, ['query', 'filters', 'max_num_results', 'ranking_options', 'rewrite_query']);
  const { query, rewrite_query: rewrite } = body;
  if (query === undefined) throw ApiError.missing('query');
  const queries: unknown[] = Array.isArray(query) ? query : [query];
  for (const each of queries)
    if (typeof each !== 'string')
      throw ApiError.invalidType('query', 'a string or an array of strings', each);
  if (queries.length === 0 || queries.includes(''))
    throw ApiError.badRequest(
      `Invalid 'query': empty. Expected at least one character.`,
      'query',
      'empty_string',
    );
  if (rewrite !== undefined && typeof rewrite !== 'boolean')
    throw ApiError.invalidType('rewrite_query', 'a boolean', rewrite);
  return { queries: queries as string[], ...toSearchOptions(body) };
}

/**
 * The options that both have.
 * @param path put before the names in error messages
 * @throws ApiError 400
 */
export function toSearchOptions(body: Record<string, unknown>, path = ''): Omit<SearchRequest, 'queries'> {
  const { filters, max_num_results: most, ranking_options: ranking } = body;
  return {
    filter: filters === undefined || filters === null ? undefined : toFilter(filters, `${path}filters`),
    limit:
      most === undefined || most === null
        ? USUAL_RESULTS
        : integerIn(most, `${path}max_num_results`, 1, MOST_RESULTS),
    threshold: thresholdOf(ranking, `${path}ranking_options`),
  };
}

function thresholdOf(ranking: unknown, path: string): number {
  if (ranking === undefined || ranking === null) return 0;
  if (typeof ranking !== 'object') throw ApiError.invalidType(path, 'an object', ranking);
  const { ranker, score_threshold: threshold } = ranking as Record<string, unknown>;
  if (ranker !== undefined && !RANKERS.includes(ranker))
    throw ApiError.badRequest(
      `Invalid value: '${String(ranker)}'. Supported values are: ${RANKERS.map((each) => `'${String(each)}'`).join(', ')}.`,
      `${path}.ranker`,
      'invalid_value',
    );
  if (threshold === undefined) return 0;
  if (typeof threshold !== 'number')
    throw ApiError.invalidType(`${path}.score_threshold`, 'a number', threshold);
  if (threshold < 0 || threshold > 1)
    throw ApiError.badRequest(
      `Invalid '${path}.score_threshold': expected a number from 0 to 1.`,
      `${path}.score_threshold`,
      'invalid_value',
    );
  return threshold;
}
