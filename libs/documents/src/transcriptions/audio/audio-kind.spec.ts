// Kinds of sound by their first bytes: each that is taken, its neighbours that are not, and anything at all.
import { describe, expect, test } from '@jest/globals';
import { assert, constantFrom, nat, property, uint8Array } from 'fast-check';
import { audioKind, SNIFF_BYTES, type AudioKind } from './audio-kind.js';

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const box = (brand: string): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, 24]), text(`ftyp${brand}`), Buffer.alloc(12)]);
const ebml = (type: string): Buffer =>
  Buffer.concat([
    Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x86, 0x81, 1, 0x42, 0x82, 0x80 | type.length]),
    text(type),
  ]);
/** Two frames: 128 kbit/s at 44.1 kHz are 417 bytes of layer III and of layer II. */
const frames = (second: number, bytes: number): Buffer => {
  const one = Buffer.alloc(bytes);
  one.set([0xff, second, 0x90, 0]);
  return Buffer.concat([one, one]);
};
const tag = (size: number): Buffer =>
  Buffer.concat([text('ID3'), Buffer.from([3, 0, 0, 0, 0, size >> 7, size & 0x7f]), Buffer.alloc(size, 1)]);

const TAKEN: [what: string, head: Buffer, kind: AudioKind][] = [
  ['FLAC', text('fLaC\0\0\0\x22'), 'flac'],
  ['Ogg', text('OggS\0\x02'), 'ogg'],
  ['WAVE', text('RIFF\x24\0\0\0WAVEfmt '), 'wav'],
  ['WAVE beyond 4 GiB', text('RF64\xff\xff\xff\xffWAVEds64'), 'wav'],
  ['iTunes sound', box('M4A '), 'm4a'],
  ['film', box('isom'), 'mp4'],
  ['film of a telephone', box('mp42'), 'mp4'],
  ['MPEG programme stream', Buffer.from([0, 0, 1, 0xba, 0x44]), 'mpeg'],
  ['WebM', ebml('webm'), 'webm'],
  ['layer III', frames(0xfb, 417), 'mp3'],
  [
    'layer II',
    Buffer.concat([
      Buffer.from([0xff, 0xfd, 0x80, 0]),
      Buffer.alloc(413),
      Buffer.from([0xff, 0xfd, 0x80, 0]),
    ]),
    'mpga',
  ],
  ['tagged layer III', Buffer.concat([tag(300), frames(0xfb, 417)]), 'mp3'],
  ['a tag with padding behind', Buffer.concat([tag(20), Buffer.alloc(40), frames(0xfb, 417)]), 'mp3'],
  [
    'a tag longer than what is seen',
    Buffer.concat([text('ID3\x03\0\0\0\x7f\x7f\x7f'), Buffer.alloc(SNIFF_BYTES)]).subarray(0, SNIFF_BYTES),
    'mp3',
  ],
  ['tagged FLAC', Buffer.concat([tag(20), text('fLaC')]), 'flac'],
];
test.each(TAKEN)('%s', (_, head, kind) => {
  expect(audioKind(head)).toBe(kind);
});

const REFUSED: [what: string, head: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['PNG', text('\x89PNG\r\n\x1a\n\0\0\0\rIHDR')],
  ['PDF', text('%PDF-1.7\n')],
  ['HTML', text('<!doctype html><script>alert(1)</script>')],
  ['a playlist', text('#EXTM3U\n#EXTINF:1,\nhttp://10.0.0.1/secret\n')],
  ['a list for ffmpeg', text("ffconcat version 1.0\nfile '/etc/passwd'\n")],
  ['AVI', text('RIFF\x24\0\0\0AVI LIST')],
  ['Matroska', ebml('matroska')],
  ['QuickTime', box('qt  ')],
  ['HEIC picture', box('heic')],
  ['AVIF picture', box('avif')],
  ['AAC in ADTS', Buffer.from([0xff, 0xf1, 0x50, 0x80, 0x2e, 0x7f, 0xfc])],
  [
    'a frame that is not followed by one',
    Buffer.concat([frames(0xfb, 417).subarray(0, 417), text('no frame')]),
  ],
  ['UTF-16 with its mark', Buffer.from([0xff, 0xfe, 0x41, 0, 0x42, 0])],
  ['a tag alone', text('ID3\x03\0\0\0\0\0\x0a')],
  ['JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16])],
  ['gzip', Buffer.from([0x1f, 0x8b, 8, 0])],
];
test.each(REFUSED)('%s is none', (_, head) => {
  expect(audioKind(head)).toBeUndefined();
});

describe('whatever comes', () => {
  test('it answers, and the bytes behind those that decide change nothing', () => {
    const starts = constantFrom(
      ...TAKEN.map(([, head]) => head),
      ...REFUSED.map(([, head]) => head),
      Buffer.alloc(0),
    );
    assert(
      property(starts, uint8Array({ maxLength: 64 }), nat(64), (start, noise, cut) => {
        const head = Buffer.concat([start.subarray(0, start.length - Math.min(cut, start.length)), noise]);
        const kind = audioKind(head);
        expect([undefined, ...TAKEN.map(([, , taken]) => taken)]).toContain(kind);
      }),
    );
  });
});
