// Where a long recording is cut: in the middle of the silence that is nearest below the longest piece, so that no word is torn. Pure.

export interface Silence {
  /** Seconds. */
  start: number;
  end: number;
}

export interface CutLimits {
  /** Seconds of the longest piece. */
  longest: number;
  /** A silence in the last part of a piece is taken; an earlier one would make too many pieces. */
  latest: number;
}

/**
 * @param duration of the whole, seconds
 * @returns the moments of the cuts, seconds, rising; none when it is short enough
 */
export function planCuts(
  duration: number,
  silences: readonly Silence[],
  { longest, latest }: CutLimits,
): number[] {
  const cuts: number[] = [];
  let from = 0;
  while (duration - from > longest) {
    const until = from + longest;
    const middles = silences
      .filter(({ start, end }) => start < until && end > from + latest)
      .map(({ start, end }) => Math.min((start + end) / 2, until))
      .filter((middle) => middle >= from + latest);
    // Nobody pauses: then a word may be torn.
    const cut = middles.length > 0 ? Math.max(...middles) : until;
    cuts.push(Math.round(cut * 1_000) / 1_000);
    from = cuts.at(-1)!;
  }
  return cuts;
}

const SILENCE = /silence_(start|end): (-?\d+(?:\.\d+)?)/g;
const TIME = /time=(\d+):(\d{2}):(\d{2}(?:\.\d+)?)/g;

/** What ffmpeg's `silencedetect` and its progress say. @returns the duration that was really heard, 0 when nothing was */
export function readSilences(report: string): { duration: number; silences: Silence[] } {
  let duration = 0;
  for (const [, hours, minutes, seconds] of report.matchAll(TIME))
    duration = Math.max(duration, Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds));
  const silences: Silence[] = [];
  let start: number | undefined;
  for (const [, edge, moment] of report.matchAll(SILENCE)) {
    if (edge === 'start') start = Math.max(0, Number(moment));
    else if (start !== undefined) {
      silences.push({ start, end: Number(moment) });
      start = undefined;
    }
  }
  if (start !== undefined && duration > start) silences.push({ start, end: duration });
  return { duration, silences };
}
