// Rows as CSV (RFC 4180) that a spreadsheet can open without running anything: a text that it would take for a formula gets an
// apostrophe before it (OWASP, "CSV Injection").

import type { LedgerRow } from './usage-ledger.js';
import type { UsageRow } from './usage-reports.js';

export type CsvValue = string | number | boolean | null | undefined;

const FORMULA = /^[\s\p{Cf}]*[=+\-@\t\r＝＋－＠]/u;

/** @param columns in order; a row's other members are left out */
export function toCsv(columns: readonly string[], rows: readonly object[]): string {
  const lines = rows.map((row) =>
    columns.map((name) => cell((row as Record<string, CsvValue>)[name])).join(','),
  );
  return [columns.join(','), ...lines, ''].join('\r\n');
}

function cell(value: CsvValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const USAGE_COLUMNS = [
  'tenant',
  'name',
  'requests',
  'completed',
  'failed',
  'cancelled',
  'unknown',
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'cost_usd',
  'unpriced',
  'estimated',
] as const satisfies readonly (keyof UsageRow)[];

export const LEDGER_COLUMNS = [
  'at',
  'id',
  'user',
  'model',
  'assistant',
  'outcome',
  'source',
  'kind',
  'input_tokens',
  'output_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'cost_usd',
  'estimated',
  'provider_request_id',
  'response_id',
] as const satisfies readonly (keyof LedgerRow)[];
