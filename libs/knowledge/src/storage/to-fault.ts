// A failure as the record keeps it: a code, and for operators what the provider said, cleaned. Pure.
import { toParleyError } from '#contracts';
import type { Fault } from './vcon-record.js';

export function toFault(error: unknown): Fault {
  const known = toParleyError(error);
  const { detail, upstream_code } = known as { detail?: unknown; upstream_code?: unknown };
  const said = [upstream_code, detail].filter((part) => typeof part === 'string').join(': ');
  return { code: known.code, ...(said !== '' && { detail: said.slice(0, 300) }) };
}
