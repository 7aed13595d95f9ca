// Makes a provider's own words fit for our logs: no keys, no account ids, no hosts, no stack, no quoted content, one line.

const SECRETS: readonly [RegExp, string][] = [
  [/\b(?:sk|sess|ek|rk)-[\w*.-]+/gi, '[key]'],
  [/\bbearer\s+\S+/gi, 'Bearer [key]'],
  [/\b(?:org|user|acct)-[\w*]{4,}/gi, '[account]'],
  [/\b(?:proj|req_org|acct)_[\w*]{4,}/gi, '[account]'],
  [/[\w.+-]+@[\w-]+\.[\w.-]+/g, '[mail]'],
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'`)]+/gi, '[url]'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b|\[[\da-f:.]+\](?::\d+)?/gi, '[host]'],
  [/\b[\w-]+(?:\.[\w-]+)*\.(?:internal|local|svc|cluster|lan)\b(?:\.[\w-]+)*(?::\d+)?/gi, '[host]'],
  // A stack, and whatever comes behind it.
  [
    /\s+at (?:async )?[\w.<>]* ?\(?(?:file:|node:|\/|[A-Z]:\\)[^]*$|\s*Traceback \(most recent[^]*$/g,
    ' [stack]',
  ],
  // What stands in quotes may be the user's; short ones are parameter and model names.
  [/(["'`])(?:(?!\1).){41,}\1/gs, '$1…$1'],
];
const CONTROL = /[\p{Cc}\u2028\u2029]+/gu;
const LONGEST = 500;

/** Never throws; `undefined` for what is not text. */
export function sanitise(words: unknown): string | undefined {
  if (typeof words !== 'string' || words === '') return undefined;
  let clean = words.slice(0, 4 * LONGEST);
  for (const [pattern, instead] of SECRETS) clean = clean.replace(pattern, instead);
  clean = clean.replace(CONTROL, ' ').trim();
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST - 1)}…` : clean;
}
