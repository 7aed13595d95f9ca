// Results go to stdout, as lines for people or as one JSON document; all else goes to stderr.

export function print(json: boolean, value: unknown, lines: () => readonly string[]): void {
  const text = json ? JSON.stringify(value, null, 2) : lines().join('\n');
  if (text !== '') say(`${text}\n`);
}

export function say(text: string): void {
  process.stdout.write(harmless(text));
}

export function note(line: string): void {
  process.stderr.write(`${harmless(line)}\n`);
}

const COMMANDS = /[^\P{Cc}\n\t]|[\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Names, answers of models and claims of tokens are other people's text: what a terminal would obey is shown as `\u…` instead,
 * which is right in JSON too.
 */
export const harmless = (text: string): string =>
  text.replace(COMMANDS, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Names and values in two columns; undefined values are left out. */
export function table(rows: readonly (readonly [name: string, value: unknown])[]): string[] {
  const shown = rows.filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${String(value)}`);
}
