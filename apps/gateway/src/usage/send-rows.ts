// A page of rows in the form that was asked for: JSON, or CSV with the next page in a Link header.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toCsv } from '#usage';

/** @returns what the route answers with; headers are set */
export function sendRows<P extends { items: readonly object[]; next?: string }>(
  request: FastifyRequest,
  reply: FastifyReply,
  page: P,
  columns: readonly string[],
): P | string {
  void reply.header('vary', 'accept');
  if (!wantsCsv(request.headers.accept)) return page;
  void reply.header('content-type', 'text/csv; charset=utf-8; header=present');
  // A browser saves it instead of guessing what it may be.
  void reply.header('content-disposition', 'attachment; filename="usage.csv"');
  if (page.next !== undefined) {
    const url = new URL(request.url, 'http://localhost');
    url.searchParams.set('cursor', page.next);
    void reply.header('link', `<${url.pathname}${url.search}>; rel="next"`);
  }
  return toCsv(columns, page.items);
}

/** Only who names it gets it: to take anything means JSON. */
const wantsCsv = (accept = ''): boolean =>
  accept.split(',').some((part) => {
    const [type, ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    return type === 'text/csv' && !parameters.some((text) => /^q=0(\.0*)?$/.test(text));
  });
