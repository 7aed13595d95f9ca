// The file_search tool of a response: what it asks of which stores, and the items and quotes that come of it.

import type { FileSearchAnswer } from '../answer/turns.js';
import { ApiError } from '../errors.js';
import { toSearchOptions } from '../vector-stores/search-request.js';
import { search } from '../vector-stores/search.js';
import type { VectorStoreRegistry } from '../vector-stores/vector-store-registry.js';

/** Hits of one search without a limit of its own. */
const USUAL_RESULTS = 20;

/** @throws ApiError 400 */
export function checkFileSearch(tool: Record<string, unknown>, path: string): void {
  const ids = tool['vector_store_ids'];
  if (ids === undefined) throw ApiError.missing(`${path}.vector_store_ids`);
  if (!Array.isArray(ids) || ids.some((id) => typeof id !== 'string'))
    throw ApiError.invalidType(`${path}.vector_store_ids`, 'an array of strings', ids);
  if (ids.length === 0)
    throw ApiError.badRequest(
      `Invalid '${path}.vector_store_ids': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
      `${path}.vector_store_ids`,
      'empty_array',
    );
  toSearchOptions(tool, `${path}.`);
}

/**
 * The search that a checked request's tools offer to the answer; undefined when they offer none.
 * @throws ApiError 404 for a store that is not there, 400 for one that has expired
 */
export function offeredSearch(
  tools: unknown,
  registry: VectorStoreRegistry,
  project: string | undefined,
): ((query: string) => FileSearchAnswer) | undefined {
  const tool = Array.isArray(tools)
    ? (tools as Record<string, unknown>[]).find(({ type }) => type === 'file_search')
    : undefined;
  if (tool === undefined) return undefined;
  const ids = tool['vector_store_ids'] as string[];
  const unknown = ids.filter((id) => registry.find(id, project) === undefined);
  if (unknown.length > 0)
    throw ApiError.notFound(
      `Vector store with id [${unknown.map((id) => `'${id}'`).join(', ')}] not found.`,
      'tools',
    );
  const stores = ids.map((id) => registry.living(id, project));
  const limits = { max_num_results: USUAL_RESULTS, ...tool };
  return (query) => {
    for (const store of stores) registry.touch(store);
    return { queries: [query], hits: search(stores, { queries: [query], ...toSearchOptions(limits) }) };
  };
}
