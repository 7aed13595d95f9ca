// An image that came as base64: what it is by its bytes, whatever it calls itself, and whether it is of bearable size.
// Nothing is decoded: width and height stand in the header.
import { imageSize } from 'image-size';
import { ParleyError } from '#contracts';

export const IMAGE_LIMITS = {
  /** In one request. */
  count: 4,
  /** Of one image, decoded. */
  bytes: 8 * 1024 * 1024,
  side: 8_192,
  pixels: 40_000_000,
} as const;

const DATA_URL = /^data:[a-z]+\/[a-z0-9.+-]+(?:;[a-z0-9=.+-]+)*;base64,/i;
const ADDRESS = /^[a-z][a-z0-9+.-]*:/i;
/** No scheme that anybody uses is longer. */
const SCHEME_CHARS = 64;
/** Media types with their parameters are short; no pattern here sees more of a text that a stranger made. */
const PREFIX_CHARS = 256;
/** As line-wrapping encoders leave it. */
const BLANKS = /\s{1,256}/g;
/** 516 KiB: more than any of these headers needs before its size; a JPEG's stands behind its embedded preview. */
const HEADER_CHARS = 688 * 1024;
/** A multiple of four, as above: a piece of base64 is base64. */
const PIECE_CHARS = 48 * 1024;

/**
 * @param text base64, or a `data:` URL; its media type is not believed
 * @returns a `data:` URL with the media type of the bytes
 * @throws ParleyError `invalid_request`, `too_large`
 */
export function readImage(text: string): string {
  const prefix = DATA_URL.exec(text.slice(0, PREFIX_CHARS))?.[0] ?? '';
  const encoded = text.slice(prefix.length).replace(BLANKS, '');
  if (ADDRESS.test(encoded.slice(0, SCHEME_CHARS))) throw refused('an address where its bytes should be');
  if (encoded.length > Math.ceil(IMAGE_LIMITS.bytes / 3) * 4)
    throw new ParleyError('too_large', `unable to take image; more than ${IMAGE_LIMITS.bytes} bytes`);
  if (encoded === '' || !isBase64(encoded)) throw refused('not base64');
  const head = Buffer.from(encoded.slice(0, HEADER_CHARS), 'base64');
  const type = mediaType(head);
  if (type === undefined) throw refused('neither JPEG nor PNG, WebP or GIF');
  boundPixels(head);
  return `data:${type};base64,${encoded}`;
}

/** What is base64 reads back as it was; piece by piece, because a copy of megabytes stays in memory until V8 looks for it. */
function isBase64(text: string): boolean {
  for (let i = 0; i < text.length; i += PIECE_CHARS) {
    const piece = text.slice(i, i + PIECE_CHARS);
    const bytes = Buffer.from(piece, 'base64');
    if (bytes.toString('base64') !== piece) return false;
    // Only the last piece may be filled up.
    if (i + PIECE_CHARS < text.length && piece.endsWith('=')) return false;
  }
  return true;
}

function mediaType(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return 'image/jpeg';
  if (bytes.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))) return 'image/png';
  const head = bytes.toString('latin1', 0, 12);
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return 'image/webp';
  // A document that also reads as HTML is no picture that anybody made.
  if (/^GIF8[79]a/.test(head))
    return /<\s*(?:script|html|svg)/i.test(bytes.toString('latin1', 0, 1_024)) ? undefined : 'image/gif';
  return undefined;
}

function boundPixels(head: Buffer): void {
  let size: { width: number; height: number };
  try {
    size = imageSize(head);
  } catch {
    throw refused('its header cannot be read');
  }
  const { width, height } = size;
  if (!(width > 0 && height > 0)) throw refused('it has no size');
  if (Math.max(width, height) > IMAGE_LIMITS.side || width * height > IMAGE_LIMITS.pixels)
    throw new ParleyError('too_large', 'unable to take image; too many pixels');
}

const refused = (why: string): ParleyError =>
  new ParleyError('invalid_request', `unable to take image; ${why}`, { details: [`images: ${why}`] });
