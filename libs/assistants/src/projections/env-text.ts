// One variable in the text of a `.env` file. Pure, on latin1 text, so that every byte it does not mean comes back as it was.

const line = (name: string): RegExp =>
  new RegExp(
    `^([ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=[ \\t]*)("[^"\\r\\n]*"|'[^'\\r\\n]*'|[^\\r\\n]*?)([ \\t]*(?:[ \\t]#[^\\r\\n]*)?)(?=\\r?$)`,
    'gm',
  );

/** Of several lines the last counts, as for those who read such files. */
const last = (text: string, name: string): RegExpMatchArray | undefined =>
  [...text.matchAll(line(name))].at(-1);

const unquoted = (value: string): string => (/^(["']).*\1$/.test(value) ? value.slice(1, -1) : value);

export function readEnv(text: string, name: string): string | undefined {
  const found = last(text, name);
  return found === undefined ? undefined : unquoted(found[2]!);
}

/** Keeps the line's `export`, quotes and comment; appends a line, in the file's own line ends, when there is none. */
export function setEnv(text: string, name: string, value: string): string {
  const found = last(text, name);
  if (found !== undefined) {
    const [whole, head, old, tail] = found as unknown as [string, string, string, string];
    const quote = /^(["']).*\1$/.exec(old)?.[1] ?? '';
    const at = found.index!;
    return `${text.slice(0, at)}${head}${quote}${value}${quote}${tail}${text.slice(at + whole.length)}`;
  }
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  if (text === '' || text.endsWith('\n')) return `${text}${name}=${value}${end}`;
  return `${text}${end}${name}=${value}`;
}
