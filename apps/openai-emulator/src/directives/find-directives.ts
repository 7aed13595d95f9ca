// Finds `[[…]]` in a text. Inside braces a `]]` belongs to the JSON there, unless the braces never close.

export interface Found {
  start: number;
  /** Just past the closing brackets. */
  end: number;
  /** What stands between the brackets, trimmed. */
  inner: string;
}

export function findDirectives(text: string): Found[] {
  const found: Found[] = [];
  let start = text.indexOf('[[');
  while (start >= 0) {
    const close = closing(text, start + 2);
    if (close < 0) break;
    found.push({ start, end: close + 2, inner: text.slice(start + 2, close).trim() });
    start = text.indexOf('[[', close + 2);
  }
  return found;
}

function closing(text: string, from: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = from; at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char === '\\') at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"' && depth > 0) quoted = true;
    else if (char === '{') depth += 1;
    else if (char === '}') depth = Math.max(0, depth - 1);
    else if (char === ']' && depth === 0 && text[at + 1] === ']') return at;
  }
  return text.indexOf(']]', from);
}
