// Ranges of days: read from what people write, and cut into the whole months and single days whose sums are kept.
import { ParleyError } from '#contracts';

const DAY_MS = 86_400_000;
const MOST_DAYS = 3_700;

/** Days (UTC, YYYY-MM-DD), both included. */
export interface Range {
  from: string;
  to: string;
}

/**
 * @param from,to days, or months of which the first and the last day are meant; default: the current month
 * @throws ParleyError `invalid_request`
 */
export function readRange(from: string | undefined, to: string | undefined, now: number): Range {
  const today = dayOf(now);
  const range = {
    from: from === undefined ? `${(to ?? today).slice(0, 7)}-01` : toDay(from, 'first'),
    to: to === undefined ? today : toDay(to, 'last'),
  };
  const days = (Date.parse(range.to) - Date.parse(range.from)) / DAY_MS + 1;
  if (days < 1) throw fault('from is after to');
  if (days > MOST_DAYS) throw fault(`at most ${MOST_DAYS} days`);
  return range;
}

function toDay(text: string, end: 'first' | 'last'): string {
  const month = /^\d{4}-\d{2}$/.test(text);
  const at = /^\d{4}-\d{2}(-\d{2})?$/.test(text) ? Date.parse(month ? `${text}-01` : text) : NaN;
  // JavaScript takes 30 February for a day in March.
  if (Number.isNaN(at) || !dayOf(at).startsWith(text)) throw fault('from and to are YYYY-MM-DD or YYYY-MM');
  return month && end === 'last' ? dayOf(Date.parse(nextMonthOf(text)) - DAY_MS) : dayOf(at);
}

/** Whole months as YYYY-MM, the days around them as YYYY-MM-DD, in order. */
export function periodsOf({ from, to }: Range): string[] {
  const periods: string[] = [];
  for (let day = from; day <= to;) {
    const month = day.slice(0, 7);
    const next = nextMonthOf(month);
    const whole = day.endsWith('-01') && next <= dayAfter(to);
    periods.push(whole ? month : day);
    day = whole ? next : dayAfter(day);
  }
  return periods;
}

export function daysOf({ from, to }: Range): string[] {
  const days: string[] = [];
  for (let day = from; day <= to; day = dayAfter(day)) days.push(day);
  return days;
}

/** Every month that the range touches. */
export function monthsOf({ from, to }: Range): string[] {
  const months: string[] = [];
  for (let first = `${from.slice(0, 7)}-01`; first <= to; first = nextMonthOf(first.slice(0, 7)))
    months.push(first.slice(0, 7));
  return months;
}

/** @param ms since 1970 */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

const dayAfter = (day: string): string => dayOf(Date.parse(day) + DAY_MS);

function nextMonthOf(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return dayOf(Date.UTC(year, number, 1));
}

const fault = (reason: string): ParleyError =>
  new ParleyError('invalid_request', `unable to read range; ${reason}`, { details: [reason] });
