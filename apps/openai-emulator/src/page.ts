// Lists as OpenAI pages them: newest first unless asked otherwise, a cursor that is an item's id.

import { ApiError } from './errors.js';

export interface Page<T> {
  object: 'list';
  data: T[];
  first_id: string;
  last_id: string;
  has_more: boolean;
}

/** How many items a page has. */
export interface PageSizes {
  most: number;
  /** Where the query does not say. */
  usual: number;
}

/**
 * One page of `items` (oldest first) by the query's `order` (default desc), `limit` and `after`.
 * @throws ApiError 400 for a limit or order out of range, 404 for an unknown cursor
 */
export function pageOf<T extends { id: string }>(
  items: readonly T[],
  query: URLSearchParams,
  { most, usual }: PageSizes = { most: 100, usual: 20 },
): Page<T> {
  const limit = Number(query.get('limit') ?? usual);
  if (!Number.isInteger(limit) || limit < 1 || limit > most) {
    throw ApiError.badRequest(
      `Invalid 'limit': expected an integer from 1 to ${most}.`,
      'limit',
      'invalid_value',
    );
  }
  const order = query.get('order') ?? 'desc';
  if (order !== 'asc' && order !== 'desc') {
    throw ApiError.badRequest(
      `Invalid value: '${order}'. Supported values are: 'asc' and 'desc'.`,
      'order',
      'invalid_value',
    );
  }
  const ordered = order === 'asc' ? items : items.toReversed();
  const after = query.get('after');
  let start = 0;
  if (after !== null) {
    start = ordered.findIndex((item) => item.id === after) + 1;
    if (start === 0) throw ApiError.notFound(`Item with id '${after}' not found.`, 'after');
  }
  const data = ordered.slice(start, start + limit);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? '',
    last_id: data.at(-1)?.id ?? '',
    has_more: start + limit < ordered.length,
  };
}
