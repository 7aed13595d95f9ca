// How starts are counted: the width of the sliding window, and how late a promised start may be used.

export interface WindowOptions {
  /** Ms between starts that are a limit's number apart. */
  widthMs: number;
  /** Ms for which a promised start is good. Part of the width, so that late ones do not crowd the next. */
  graceMs: number;
}

const GRACE_MS = 1_000;

export const WINDOW: WindowOptions = { widthMs: 60_000 + GRACE_MS, graceMs: GRACE_MS };

/** The least that OpenAI takes for `max_output_tokens`; with fewer left there is no use in asking. */
export const FEWEST_OUTPUT = 16;
