// The words of an e-mail as it travels (RFC 2046): its plain text parts, at whatever depth. Attachments are not its words.

const MOST_BOUNDARIES = 20;

/** @param mediatype names the outermost boundary; inner ones are named in the text */
export function mailText(text: string, mediatype: string): string {
  const named = [...`${mediatype}\n${text}`.matchAll(/\bboundary="?([^";\s]{1,70})/gi)].map(
    ([, name]) => name!,
  );
  const markers = new Set(
    [...new Set(named)].slice(0, MOST_BOUNDARIES).flatMap((name) => [`--${name}`, `--${name}--`]),
  );
  const parts: string[][] = [[]];
  for (const line of text.split(/\r?\n/)) {
    if (markers.has(line.trimEnd())) parts.push([]);
    else parts.at(-1)!.push(line);
  }
  return parts
    .map(plainPart)
    .filter((part) => part !== '')
    .join('\n');
}

function plainPart(lines: readonly string[]): string {
  const end = lines.indexOf('');
  if (end === -1) return '';
  const head = lines.slice(0, end).join('\n');
  if (!/^content-type:\s*text\/plain/im.test(head) || /^content-disposition:\s*attachment/im.test(head))
    return '';
  const content = lines.slice(end + 1).join('\n');
  const encoding = /^content-transfer-encoding:\s*([\w-]+)/im.exec(head)?.[1]?.toLowerCase();
  if (encoding === 'base64') return Buffer.from(content, 'base64').toString('utf8').trim();
  return (encoding === 'quoted-printable' ? unquoted(content) : content).trim();
}

/** Byte by byte: a character may be half quoted. */
function unquoted(text: string): string {
  const bytes = Buffer.from(text.replace(/=\n/g, ''), 'utf8').toString('latin1');
  const plain = bytes.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(plain, 'latin1').toString('utf8');
}
