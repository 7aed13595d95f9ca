// Cuts a long recording into pieces that one request may carry: finds the silences, then writes each piece anew as small speech.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ParleyError } from '#contracts';
import { LARGEST_AUDIO } from '#openai';
import { AUDIO_KINDS, type AudioKind } from './audio-kind.js';
import type { Ffmpeg } from './ffmpeg.js';
import { planCuts, readSilences } from './plan-cuts.js';

export interface AudioPart {
  path: string;
  /** Seconds from the start of the recording. */
  offset: number;
  /** Seconds. */
  duration: number;
}

export interface SplitRequest {
  kind: AudioKind;
  /** Of the recording. */
  path: string;
  bytes: number;
  /** Private, exists, and goes with its owner. */
  dir: string;
  /** Seconds that the model takes at once. */
  longest: number;
  /** Seconds of the whole that are taken at all. */
  most: number;
  signal: AbortSignal;
}

/** Speech needs no more: 64 kbit/s are 25 MB in 54 minutes. */
const SPEECH = ['-ac', '1', '-ar', '16000', '-c:a', 'libmp3lame', '-b:a', '64k'] as const;
const BYTES_PER_SECOND = 8_000;
/** A pause between sentences. */
const SILENCE = 'silencedetect=noise=-35dB:d=0.35';

/**
 * @returns the pieces, in order; undefined when the recording may go as it is
 * @throws ParleyError `invalid_request` when there is no sound in it, `too_large` when it goes on for too long
 */
export async function splitAudio(
  ffmpeg: Ffmpeg,
  { kind, path, bytes, dir, longest, most, signal }: SplitRequest,
): Promise<AudioPart[] | undefined> {
  const { demuxer } = AUDIO_KINDS[kind];
  const heard = ['-t', String(most + 1), '-af', SILENCE, '-f', 'null', '-'];
  const { duration, silences } = readSilences(await ffmpeg.run(demuxer, path, heard, signal));
  if (duration === 0)
    throw new ParleyError('invalid_request', 'unable to split sound; it is empty', {
      details: ['file: there is no sound in it'],
    });
  if (duration > most)
    throw new ParleyError('too_large', 'unable to split sound; it is too long', {
      details: [`file: at most ${most} seconds of sound are taken`],
    });
  const piece = Math.min(longest, Math.floor((LARGEST_AUDIO * 0.95) / BYTES_PER_SECOND));
  const cuts = planCuts(duration, silences, { longest: piece, latest: piece / 2 });
  if (cuts.length === 0 && bytes <= LARGEST_AUDIO) return undefined;
  const edges = [0, ...cuts, duration];
  const parts: AudioPart[] = [];
  for (const [index, offset] of edges.slice(0, -1).entries()) {
    const part = {
      path: join(dir, `part-${index}.mp3`),
      offset,
      duration: Math.round((edges[index + 1]! - offset) * 1_000) / 1_000,
    };
    // Made here, so that nobody else may read it even while it is written.
    await (await open(part.path, 'wx', 0o600)).close();
    const seek = ['-ss', String(offset)];
    await ffmpeg.run(
      demuxer,
      path,
      ['-t', String(part.duration), ...SPEECH, '-f', 'mp3', `file:${part.path}`],
      signal,
      seek,
    );
    parts.push(part);
  }
  return parts;
}
