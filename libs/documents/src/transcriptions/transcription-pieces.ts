// The sound of a recording in pieces that one request may carry: itself, or parts of it on disk for as long as the work lasts.
import { createReadStream } from 'node:fs';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { DocumentsConfig, KnowledgeConfig } from '#config';
import { ParleyError } from '#contracts';
import { ObjectStore } from '#knowledge';
import { LARGEST_AUDIO, ModelCatalogue, type TranscriptionRequest } from '#openai';
import { AUDIO_KINDS } from './audio/audio-kind.js';
import { Ffmpeg } from './audio/ffmpeg.js';
import { splitAudio } from './audio/split-audio.js';
import { placeOf, type TranscriptionJob } from './transcription-record.js';

export interface Piece {
  /** Seconds from the start of the recording. */
  offset: number;
  /** Seconds, where it is known. */
  duration?: number;
  audio: TranscriptionRequest['audio'];
}

/** Models that are not listed are taken for as patient as the least patient one. */
const USUAL_SECONDS = 1_400;
/** At 16 kbit/s, below which nobody speaks, so many bytes may be longer than any model takes. */
const SURELY_SHORT = 2_000 * 1_024;

@Injectable()
export class TranscriptionPieces {
  constructor(
    private readonly objects: ObjectStore,
    private readonly catalogue: ModelCatalogue,
    private readonly ffmpeg: Ffmpeg,
    private readonly config: DocumentsConfig,
    private readonly storage: KnowledgeConfig,
  ) {}

  /** @throws ParleyError `too_large` where it must be cut and cannot be, what `work` throws */
  async during<T>(
    job: TranscriptionJob,
    signal: AbortSignal,
    work: (pieces: readonly Piece[]) => Promise<T>,
  ): Promise<T> {
    const { kind, bytes } = job.request.audio;
    const cutting = bytes > SURELY_SHORT && (await this.ffmpeg.available());
    if (!cutting) {
      if (bytes > LARGEST_AUDIO)
        throw new ParleyError('too_large', 'unable to cut recording; there is no ffmpeg', {
          details: [`file: at most ${LARGEST_AUDIO} bytes are taken where ffmpeg is not there`],
        });
      return work([this.whole(job)]);
    }
    const dir = join(this.storage.directory, 'temporary', job.id);
    // What a worker that died has left.
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { recursive: true, mode: 0o700 });
    try {
      const path = join(dir, 'recording');
      const { body } = await this.objects.open(placeOf(job), job.request.audio.hash);
      await pipeline(body, createWriteStream(path, { mode: 0o600, flags: 'wx' }), { signal });
      const longest = this.catalogue.transcriber(job.request.wishes.model)?.max_seconds ?? USUAL_SECONDS;
      const most = this.config.maxRecordingSeconds;
      const parts = await splitAudio(this.ffmpeg, { kind, path, bytes, dir, longest, most, signal });
      if (parts === undefined) return await work([this.whole(job)]);
      await rm(path);
      return await work(
        parts.map(({ path, offset, duration }, index) => ({
          offset,
          duration,
          audio: {
            name: `part-${index + 1}.mp3`,
            mediatype: AUDIO_KINDS.mp3.mediatype,
            open: () => createReadStream(path),
          },
        })),
      );
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  private whole(job: TranscriptionJob): Piece {
    const { kind, hash } = job.request.audio;
    const { objects } = this;
    async function* open(): AsyncGenerator<Uint8Array> {
      yield* (await objects.open(placeOf(job), hash)).body as AsyncIterable<Uint8Array>;
    }
    // By our own name: what the sender called it may name people.
    return { offset: 0, audio: { name: `recording.${kind}`, mediatype: AUDIO_KINDS[kind].mediatype, open } };
  }
}
