// Images by their bytes: what they are, and what is refused before anything decodes it.
import { describe, expect, test } from '@jest/globals';
import { IMAGE_LIMITS, readImage } from './read-image.js';

function png(width: number, height: number): Buffer {
  const header = Buffer.alloc(25);
  header.writeUInt32BE(13, 0);
  header.write('IHDR', 4, 'latin1');
  header.writeUInt32BE(width, 8);
  header.writeUInt32BE(height, 12);
  header.set([8, 6], 16);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), header]);
}
const gif = (comment = ''): Buffer =>
  Buffer.concat([
    Buffer.from('GIF89a', 'latin1'),
    Buffer.from([2, 0, 3, 0, 0, 0, 0]),
    Buffer.from(comment, 'latin1'),
  ]);
const webp = (): Buffer => {
  const bytes = Buffer.alloc(40);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(32, 4);
  bytes.write('WEBPVP8X', 8, 'latin1');
  bytes.writeUInt32LE(10, 16);
  bytes.writeUIntLE(99, 24, 3);
  bytes.writeUIntLE(49, 27, 3);
  return bytes;
};
const jpeg = (): Buffer => {
  const app0 = Buffer.from([0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]);
  const frame = Buffer.from([0xff, 0xc0, 0, 11, 8, 0, 20, 0, 10, 1, 1, 0x11, 0]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), app0, frame, Buffer.alloc(8)]);
};
const encode = (bytes: Buffer): string => bytes.toString('base64');

describe('an image', () => {
  test.each([
    ['image/png', png(4, 4)],
    ['image/gif', gif()],
    ['image/webp', webp()],
    ['image/jpeg', jpeg()],
  ])('is %s by its bytes, whatever it calls itself', (type, bytes) => {
    const url = `data:${type};base64,${encode(bytes)}`;
    expect(readImage(encode(bytes))).toBe(url);
    expect(readImage(`data:image/bmp;charset=x;base64,${encode(bytes)}`)).toBe(url);
    expect(readImage(encode(bytes).replace(/(.{8})/g, '$1\r\n'))).toBe(url);
  });

  test('may be as large as it may', () => {
    const bytes = Buffer.concat([png(4, 4), Buffer.alloc(IMAGE_LIMITS.bytes - png(4, 4).length, 7)]);
    expect(readImage(encode(bytes))).toHaveLength(
      'data:image/png;base64,'.length + Math.ceil(bytes.length / 3) * 4,
    );
  });

  test.each<[string, string]>([
    ['junk between its bytes', `${encode(png(4, 4)).slice(0, 8)}!!!!`],
    ['a length that base64 never has', encode(png(4, 4)).slice(0, -1)],
    ['nothing', ''],
    ['an end in the middle', `${encode(Buffer.concat([png(4, 4), Buffer.alloc(48 * 768 - 34)]))}AAAA`],
    ['a page', encode(Buffer.from('<html></html>'))],
    [
      'a drawing with a script',
      encode(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')),
    ],
    ['a picture that is a page too', encode(gif('<script>alert(1)</script>'))],
    ['a head without its size', encode(png(4, 4).subarray(0, 12))],
    ['no width', encode(png(0, 4))],
    ['a page by its data URL', 'data:text/html,<h1>x</h1>'],
    ['megabytes of a media type', `data:image/${'a'.repeat(9_000_000)}`],
    ['megabytes of a scheme', 'a'.repeat(9_000_001)],
    ['megabytes of blanks', ' '.repeat(9_000_000)],
    ...[
      'http://10.0.0.1/a.png',
      'https://example.com/a.png',
      'file:///etc/passwd',
      'https://[::ffff:a9fe:a9fe]/',
      'https://2130706433/',
      'https://0x7f.1/',
      'https://user@10.0.0.1/',
      'gopher://127.1/',
    ].map((url): [string, string] => [`the address ${url}`, url]),
  ])('is not %s', (_, text) => {
    expect(() => readImage(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  test.each([
    ['60,000 pixels wide and high', png(60_000, 60_000)],
    ['one side too long', png(IMAGE_LIMITS.side + 1, 1)],
    ['too many pixels', png(8_000, 8_000)],
    ['too many bytes', Buffer.concat([png(4, 4), Buffer.alloc(IMAGE_LIMITS.bytes)])],
  ])('is too large with %s', (_, bytes) => {
    expect(() => readImage(encode(bytes))).toThrow(expect.objectContaining({ code: 'too_large' }));
  });
});
