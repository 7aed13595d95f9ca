// Bytes in chunks to text, refusing what is not UTF-8. The whole-chunk check is several times cheaper than a
// streaming fatal TextDecoder, which goes through ICU.
import { isUtf8 } from 'node:buffer';
import { UpstreamError } from '../errors/upstream-error.js';

const NOTHING = Buffer.alloc(0);

export class Utf8Reader {
  /** The start of a character whose end is in a later chunk: at most three bytes. */
  private rest: Buffer = NOTHING;

  /** @throws UpstreamError `malformed` */
  decode(chunk: Buffer): string {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    this.rest = NOTHING;
    if (isUtf8(bytes)) return bytes.toString('utf8');
    const whole = wholeCharacters(bytes);
    if (whole === bytes.length || !isUtf8(bytes.subarray(0, whole))) throw notUtf8();
    this.rest = Buffer.from(bytes.subarray(whole));
    return bytes.toString('utf8', 0, whole);
  }

  /** @throws UpstreamError `malformed` when the bytes end inside a character */
  end(): void {
    if (this.rest.length > 0) throw notUtf8();
  }
}

/** How many bytes come before a character that is cut off at the end; all of them if none is. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

const notUtf8 = (): UpstreamError => new UpstreamError('malformed', 'the stream is not valid UTF-8');
