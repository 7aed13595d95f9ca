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
 * One page of `items` (oldest first) by the query's `order` (default desc), `limit`, and `after` or `before`.
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
  const before = query.get('before');
  let start = after === null ? 0 : placeOf(ordered, after, 'after') + 1;
  let end = Math.min(start + limit, ordered.length);
  if (before !== null) {
    // The page that ends where the other begins, unless `after` says where to start.
    const last = placeOf(ordered, before, 'before');
    if (after === null) start = Math.max(0, last - limit);
    end = Math.min(start + limit, last);
  }
  const data = ordered.slice(start, end);
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? '',
    last_id: data.at(-1)?.id ?? '',
    has_more: before !== null && after === null ? start > 0 : end < ordered.length,
  };
}

function placeOf(ordered: readonly { id: string }[], id: string, param: string): number {
  const place = ordered.findIndex((item) => item.id === id);
  if (place < 0) throw ApiError.notFound(`Item with id '${id}' not found.`, param);
  return place;
}
