// Rows as CSV (RFC 4180) that a spreadsheet can open without running anything: a text that it would take for a formula gets an
// apostrophe before it (OWASP, "CSV Injection").

export type CsvValue = string | number | boolean | null | undefined;

const FORMULA = /^[\s\p{Cf}]*[=+\-@\t\r＝＋－＠]/u;

/** @param columns in order; a row's other members are left out */
export function toCsv<T extends object>(columns: readonly (keyof T & string)[], rows: readonly T[]): string {
  const lines = rows.map((row) => columns.map((name) => cell(row[name] as CsvValue)).join(','));
  return [columns.join(','), ...lines, ''].join('\r\n');
}

function cell(value: CsvValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
