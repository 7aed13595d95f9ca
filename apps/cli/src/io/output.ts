// Results go to stdout, as lines for people or as one JSON document; all else goes to stderr.

export function print(json: boolean, value: unknown, lines: () => readonly string[]): void {
  const text = json ? JSON.stringify(value, null, 2) : lines().join('\n');
  if (text !== '') process.stdout.write(`${text}\n`);
}

export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Names and values in two columns; undefined values are left out. */
export function table(rows: readonly (readonly [name: string, value: unknown])[]): string[] {
  const shown = rows.filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${String(value)}`);
}
