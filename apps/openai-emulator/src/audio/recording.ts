// What can be told of a recording without decoding it: its kind by its first bytes, and how long it lasts. Pure.

export const KINDS = ['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm'] as const;

/** Taken where a recording does not tell: 128 kbit/s. */
const USUAL_BYTES_PER_SECOND = 16_000;
/** kbit/s by the frame header's index, layer III: MPEG-1, then MPEG-2 and 2.5. */
const MP3_RATES = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;

/** True for bytes that begin as one of {@link KINDS} does. */
export function isRecording(bytes: Buffer): boolean {
  const text = bytes.toString('latin1', 0, 12);
  return (
    (text.startsWith('RIFF') && text.endsWith('WAVE')) ||
    /^(?:ID3|fLaC|OggS)/.test(text) ||
    text.slice(4, 8) === 'ftyp' ||
    bytes.subarray(0, 4).equals(Buffer.from([0x1a, 0x45, 0xdf, 0xa3])) ||
    bytes.subarray(0, 4).equals(Buffer.from([0, 0, 1, 0xba])) ||
    isFrame(bytes, 0)
  );
}

/** Seconds: exact for WAV, by the first frame's rate for MP3, a guess for the rest. */
export function secondsOf(bytes: Buffer): number {
  if (bytes.toString('latin1', 0, 4) === 'RIFF') {
    const rate = bytes.length >= 32 ? bytes.readUInt32LE(28) : 0;
    const data = bytes.indexOf('data', 12, 'latin1');
    if (rate > 0 && data > 0) return Math.max(0, bytes.length - data - 8) / rate;
  }
  const frame = firstFrame(bytes);
  return (bytes.length - (frame?.at ?? 0)) / (frame?.bytesPerSecond ?? USUAL_BYTES_PER_SECOND);
}

function firstFrame(bytes: Buffer): { at: number; bytesPerSecond: number } | undefined {
  let at = 0;
  if (bytes.toString('latin1', 0, 3) === 'ID3' && bytes.length > 10)
    // The size of the tag in four times seven bits.
    at = 10 + [6, 7, 8, 9].reduce((size, place) => size * 128 + (bytes[place]! & 127), 0);
  if (!isFrame(bytes, at) || bytes.length < at + 3) return undefined;
  const first = (bytes[at + 1]! & 8) === 8;
  const rate = MP3_RATES[first ? 0 : 1][bytes[at + 2]! >> 4];
  return rate === undefined || rate === 0 ? undefined : { at, bytesPerSecond: (rate * 1000) / 8 };
}

const isFrame = (bytes: Buffer, at: number): boolean =>
  bytes[at] === 0xff && (bytes[at + 1]! & 0xe0) === 0xe0;
