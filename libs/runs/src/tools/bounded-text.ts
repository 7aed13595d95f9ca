// Cuts text to a number of UTF-8 bytes.

const NOTE = '\n[cut off: the output was too long]';

/** Well-formed text of at most `limit` bytes; what was cut says so. */
export function boundedText(text: string, limit: number): string {
  const whole = text.toWellFormed();
  if (Buffer.byteLength(whole) <= limit) return whole;
  const bytes = Buffer.from(whole);
  let end = limit - Buffer.byteLength(NOTE);
  // Never inside a character: its later bytes begin with the bits 10.
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end) + NOTE;
}
