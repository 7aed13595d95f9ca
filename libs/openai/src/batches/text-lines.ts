// Bytes → lines of UTF-8, by line feeds alone: a row of JSON may hold other characters that pass for line ends.
import { UpstreamError } from '../errors/upstream-error.js';

const LONGEST_LINE = 32 * 1024 * 1024;

/** Empty lines are left out. @throws UpstreamError `malformed` past the longest line; whatever the source throws */
export async function* textLines(source: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let pieces: Buffer[] = [];
  let held = 0;
  const take = (last: Buffer): string => {
    const text = Buffer.concat([...pieces, last]).toString();
    pieces = [];
    held = 0;
    return text.trim();
  };
  for await (const chunk of source) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const line = take(chunk.subarray(from, at));
      from = at + 1;
      if (line !== '') yield line;
    }
    held += chunk.length - from;
    if (held > LONGEST_LINE) throw new UpstreamError('malformed', 'a line of the file is too long');
    if (from < chunk.length) pieces.push(chunk.subarray(from));
  }
  const rest = take(Buffer.alloc(0));
  if (rest !== '') yield rest;
}
