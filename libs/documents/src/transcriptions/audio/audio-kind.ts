// Which kind of sound a file holds, by its first bytes alone: what a sender calls it counts for nothing. Pure.

export type AudioKind = 'flac' | 'mp3' | 'mp4' | 'mpeg' | 'mpga' | 'm4a' | 'ogg' | 'wav' | 'webm';

export interface AudioKindTraits {
  mediatype: string;
  /** How ffmpeg calls the container: it is told, never left to guess, so that no playlist passes for sound. */
  demuxer: string;
}

export const AUDIO_KINDS: Readonly<Record<AudioKind, AudioKindTraits>> = {
  flac: { mediatype: 'audio/flac', demuxer: 'flac' },
  mp3: { mediatype: 'audio/mpeg', demuxer: 'mp3' },
  mp4: { mediatype: 'video/mp4', demuxer: 'mov' },
  mpeg: { mediatype: 'video/mpeg', demuxer: 'mpeg' },
  mpga: { mediatype: 'audio/mpeg', demuxer: 'mp3' },
  m4a: { mediatype: 'audio/mp4', demuxer: 'mov' },
  ogg: { mediatype: 'audio/ogg', demuxer: 'ogg' },
  wav: { mediatype: 'audio/wav', demuxer: 'wav' },
  webm: { mediatype: 'video/webm', demuxer: 'matroska' },
};

/** So many bytes decide it; fewer do where the file is shorter. */
export const SNIFF_BYTES = 4_096;

/** @returns undefined for everything that is not one of the kinds */
export function audioKind(head: Buffer): AudioKind | undefined {
  if (starts(head, 0, 'fLaC')) return 'flac';
  if (starts(head, 0, 'OggS')) return 'ogg';
  if ((starts(head, 0, 'RIFF') || starts(head, 0, 'RF64')) && starts(head, 8, 'WAVE')) return 'wav';
  if (starts(head, 4, 'ftyp')) return isoKind(head);
  if (head.length >= 4 && head.readUInt32BE(0) === 0x1a45dfa3) return matroskaKind(head);
  if (head.length >= 4 && head.readUInt32BE(0) === 0x1ba) return 'mpeg';
  if (starts(head, 0, 'ID3')) return taggedKind(head);
  return frameKind(head, 0);
}

/** Of the brands that films and recordings have; pictures (heic, avif) come in the same box and have others. */
const FILM_BRANDS =
  /^(?:isom|iso[2-9a-c]|mp4[12]|mp71|avc1|M4V |M4VH|M4VP|MSNV|dash|cmf[cfs]|F4V |f4v |ndas|XAVC)$/;
const SOUND_BRANDS = /^(?:M4A |M4B |M4P |F4A |F4B )$/;

function isoKind(head: Buffer): AudioKind | undefined {
  const major = head.toString('latin1', 8, 12);
  if (SOUND_BRANDS.test(major)) return 'm4a';
  return FILM_BRANDS.test(major) ? 'mp4' : undefined;
}

/** WebM and Matroska are one form; the document's type stands within the first bytes. */
function matroskaKind(head: Buffer): AudioKind | undefined {
  const at = head.subarray(0, 256).indexOf(Buffer.from([0x42, 0x82]));
  if (at < 0 || at + 3 > head.length) return undefined;
  const length = head[at + 2]! & 0x7f;
  return head.toString('latin1', at + 3, at + 3 + length).replace(/\0+$/, '') === 'webm' ? 'webm' : undefined;
}

/** Behind the tag comes a frame. A tag with a picture is longer than what is looked at; then its word counts. */
function taggedKind(head: Buffer): AudioKind | undefined {
  if (head.length < 10 || head.subarray(6, 10).some((byte) => byte > 0x7f)) return undefined;
  const size = head.subarray(6, 10).reduce((sum, byte) => sum * 128 + byte, 0);
  const footer = (head[5]! & 0x10) === 0 ? 0 : 10;
  const at = 10 + size + footer;
  if (at + 4 > head.length) return head.length >= SNIFF_BYTES ? 'mp3' : undefined;
  // Some writers pad between tag and sound.
  let frame = at;
  while (frame + 4 <= head.length && head[frame] === 0) frame++;
  return starts(head, frame, 'fLaC') ? 'flac' : frameKind(head, frame);
}

const BITRATES = {
  v1l1: [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  v1l2: [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  v1l3: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  v2l1: [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  v2l23: [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
const RATES: Readonly<Record<number, readonly number[]>> = {
  3: [44_100, 48_000, 32_000],
  2: [22_050, 24_000, 16_000],
  0: [11_025, 12_000, 8_000],
};

/** A frame header is 11 set bits: too little to believe, so the next frame must stand where this one says, if that is in sight. */
function frameKind(head: Buffer, at: number): AudioKind | undefined {
  const first = frame(head, at);
  if (first === undefined) return undefined;
  const next = at + first.bytes;
  if (next > head.length && head.length < SNIFF_BYTES) return undefined;
  if (next + 4 <= head.length && frame(head, next)?.layer !== first.layer) return undefined;
  return first.layer === 3 ? 'mp3' : 'mpga';
}

function frame(head: Buffer, at: number): { layer: 1 | 2 | 3; bytes: number } | undefined {
  if (at + 4 > head.length || head[at] !== 0xff || (head[at + 1]! & 0xe0) !== 0xe0) return undefined;
  const version = (head[at + 1]! >> 3) & 3;
  const layer = 4 - ((head[at + 1]! >> 1) & 3);
  const rate = RATES[version]?.[(head[at + 2]! >> 2) & 3];
  const index = head[at + 2]! >> 4;
  if (rate === undefined || layer === 4 || index === 0 || index === 15) return undefined;
  const table =
    version === 3 ? BITRATES[`v1l${layer as 1 | 2 | 3}`] : layer === 1 ? BITRATES.v2l1 : BITRATES.v2l23;
  const bitrate = table[index - 1]! * 1_000;
  const padding = (head[at + 2]! >> 1) & 1;
  if (layer === 1) return { layer: 1, bytes: (Math.floor((12 * bitrate) / rate) + padding) * 4 };
  const factor = layer === 3 && version !== 3 ? 72 : 144;
  return { layer: layer as 2 | 3, bytes: Math.floor((factor * bitrate) / rate) + padding };
}

const starts = (head: Buffer, at: number, text: string): boolean =>
  head.length >= at + text.length && head.toString('latin1', at, at + text.length) === text;
