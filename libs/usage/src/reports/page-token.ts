// Where a page of a sorted list ends: the last row's name, wrapped so that nobody takes it for anything else.
import { ParleyError } from '#contracts';

export const toToken = (name: string): string => Buffer.from(name).toString('base64url');

/** @throws ParleyError `invalid_cursor` */
export function fromToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString();
  if (token === '' || toToken(name) !== token)
    throw new ParleyError('invalid_cursor', 'unable to read usage; not a cursor');
  return name;
}

/** @param rows sorted by name @throws ParleyError `invalid_cursor` */
export function pageOf<T>(
  rows: readonly T[],
  nameOf: (row: T) => string,
  limit: number,
  cursor: string | undefined,
): { items: T[]; next?: string } {
  const after = cursor === undefined ? undefined : fromToken(cursor);
  const rest = after === undefined ? rows : rows.filter((row) => nameOf(row) > after);
  const items = rest.slice(0, limit);
  return { items, ...(rest.length > limit && { next: toToken(nameOf(items.at(-1)!)) }) };
}
