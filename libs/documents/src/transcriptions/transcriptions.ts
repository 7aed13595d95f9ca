// Transcriptions for doors: a recording comes in as a stream, is known by its bytes, kept until it is written down, and looked
// after by its id. The work itself is transcription-work.ts.
import { Injectable } from '@nestjs/common';
import { DocumentsConfig } from '#config';
import { newId, ParleyError } from '#contracts';
import { ObjectStore } from '#knowledge';
import { LARGEST_AUDIO, ModelCatalogue, OpenaiAccounts } from '#openai';
import { isEnded } from '../jobs/document-job.js';
import { DocumentJobs, type CancelOutcome } from '../jobs/document-jobs.js';
import { audioKind, SNIFF_BYTES, type AudioKind } from './audio/audio-kind.js';
import { Ffmpeg } from './audio/ffmpeg.js';
import { placeOf, type TranscriptionJob, type TranscriptionRequestRecord } from './transcription-record.js';
import { readTranscriptionOptions } from './transcription-wish.js';

/** A recording that is kept, and that nobody has asked anything about yet. */
export interface KeptRecording {
  id: string;
  tenant: string;
  audio: TranscriptionRequestRecord['audio'];
}

/** An upload takes no longer; what lies there later and belongs to nothing was left by a process that died. */
const LOOK_AFTER_MS = 60 * 60_000;
const KINDS = 'flac, mp3, mp4, mpeg, mpga, m4a, ogg, wav or webm';

@Injectable()
export class Transcriptions {
  constructor(
    private readonly jobs: DocumentJobs,
    private readonly objects: ObjectStore,
    private readonly accounts: OpenaiAccounts,
    private readonly catalogue: ModelCatalogue,
    private readonly ffmpeg: Ffmpeg,
    private readonly config: DocumentsConfig,
  ) {}

  /**
   * Takes a recording as it comes. Whoever calls this goes on to {@link create} or {@link discard}.
   * @throws ParleyError `unsupported_media_type` by its first bytes, `too_large`, `storage_unavailable`
   */
  async keep(tenant: string, body: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<KeptRecording> {
    const id = newId('transcription');
    const cut = await this.ffmpeg.available();
    const maxBytes = cut
      ? this.config.maxRecordingBytes
      : Math.min(LARGEST_AUDIO, this.config.maxRecordingBytes);
    let kind: AudioKind | undefined;
    await this.jobs.noteKept(tenant, id, Date.now() + LOOK_AFTER_MS);
    const watched = sniffed(body, (found) => (kind = found));
    try {
      const { hash, bytes } = await this.objects.put(placeOf({ id, tenant }), watched, {
        maxBytes,
        ...(signal && { signal }),
      });
      return { id, tenant, audio: { kind: kind!, bytes, hash } };
    } catch (error) {
      await this.jobs.forgetKept(tenant, id).catch(() => undefined);
      if ((error as { code?: string }).code !== 'too_large') throw error;
      const why = cut ? '' : '; larger ones are cut where ffmpeg is there';
      throw new ParleyError('too_large', 'unable to take recording; it is too large', {
        details: [`file: at most ${maxBytes} bytes are taken${why}`],
      });
    }
  }

  /** @throws ParleyError `invalid_request`; then the recording is gone */
  async create(kept: KeptRecording, options: object, user?: string): Promise<TranscriptionJob> {
    const { id, tenant, audio } = kept;
    try {
      const wishes = this.read(options);
      const request: TranscriptionRequestRecord = { wishes, audio };
      const created_at = Date.now();
      await this.jobs.create({
        id,
        kind: 'transcription',
        tenant,
        created_at,
        request,
        ...(user && { user }),
      });
      return (await this.get(tenant, id))!;
    } catch (error) {
      await this.discard(kept);
      throw error;
    }
  }

  /** @throws ParleyError `invalid_request` with each fault */
  read(options: object): TranscriptionRequestRecord['wishes'] {
    return readTranscriptionOptions(options, this.catalogue, this.config.transcriptionModel);
  }

  async discard({ id, tenant }: Pick<KeptRecording, 'id' | 'tenant'>): Promise<void> {
    await this.objects.removeAll(placeOf({ id, tenant }));
    await this.jobs.forgetKept(tenant, id);
  }

  /** Removes recordings that nothing needs any more. @returns how many */
  async sweep(limit: number): Promise<number> {
    let swept = 0;
    for (const kept of await this.jobs.dueKept(limit)) {
      const job = await this.jobs.get(kept.id);
      if (job !== undefined && !isEnded(job.state))
        await this.jobs.noteKept(kept.tenant, kept.id, Date.now() + LOOK_AFTER_MS);
      else {
        await this.discard(kept);
        swept++;
      }
    }
    return swept;
  }

  async get(tenant: string, id: string): Promise<TranscriptionJob | undefined> {
    if (!/^transcription_[0-9a-f]{32}$/.test(id)) return undefined;
    const job = (await this.jobs.get(id)) as TranscriptionJob | undefined;
    return job?.tenant === tenant ? job : undefined;
  }

  async list(
    tenant: string,
    query: { limit: number; order: 'asc' | 'desc'; after?: string },
  ): Promise<{ items: TranscriptionJob[]; next?: string }> {
    const page = await this.jobs.list(tenant, { kind: 'transcription', ...query });
    return page as { items: TranscriptionJob[]; next?: string };
  }

  async cancel(tenant: string, id: string): Promise<CancelOutcome> {
    const job = await this.get(tenant, id);
    if (job === undefined) return 'not_found';
    const outcome = await this.jobs.cancel(id);
    if (outcome === 'cancelled') await this.discard(job);
    return outcome;
  }

  /**
   * Removes all that is kept of it, but for what it became part of (a vCon).
   * @returns false when there is none
   * @throws ParleyError `busy` while it is being worked on: cancel it first
   */
  async delete(tenant: string, id: string): Promise<boolean> {
    const job = await this.get(tenant, id);
    if (job === undefined) return false;
    if (!isEnded(job.state) && (await this.jobs.cancel(id)) === 'requested')
      throw new ParleyError('busy', 'unable to delete transcription; it is being stopped', {
        retryAfterMs: 1_000,
      });
    await this.discard(job);
    const file = job.result?.index?.file_id;
    if (file !== undefined) await this.accounts.of().files.delete(file);
    return this.jobs.remove(job);
  }
}

/** Passes everything on, and says what it is before the first byte of it is kept. @throws ParleyError `unsupported_media_type` */
async function* sniffed(
  body: AsyncIterable<Uint8Array>,
  found: (kind: AudioKind) => void,
): AsyncGenerator<Uint8Array> {
  let head: Uint8Array[] | undefined = [];
  let bytes = 0;
  const open = function* (): Generator<Uint8Array> {
    const start = Buffer.concat(head!);
    head = undefined;
    const kind = audioKind(start.subarray(0, SNIFF_BYTES));
    if (kind === undefined)
      throw new ParleyError('unsupported_media_type', 'unable to take recording; it is of no known kind', {
        details: [`file: its content must be ${KINDS}`],
      });
    found(kind);
    yield start;
  };
  for await (const chunk of body) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= SNIFF_BYTES) yield* open();
  }
  if (head !== undefined) yield* open();
}
