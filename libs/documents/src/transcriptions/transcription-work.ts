// Writes one recording down: piece by piece, each once even if workers die, with its text told while it is made.
import { Injectable, Logger } from '@nestjs/common';
import type { ParleyError } from '#contracts';
import { detailOf, TranscriptionsClient } from '#openai';
import { DocumentJobs } from '../jobs/document-jobs.js';
import { DocumentWork } from '../jobs/document-work.js';
import type { JobWatch } from '../jobs/job-watch.js';
import { joinTranscripts, sumUsage } from './transcript/join-transcripts.js';
import { BilledTranscription } from './billed-transcription.js';
import { TranscriptionDelivery } from './transcription-delivery.js';
import { TranscriptionPieces, type Piece } from './transcription-pieces.js';
import type { DonePiece, TranscriptionJob, TranscriptionResult } from './transcription-record.js';
import { Transcriptions } from './transcriptions.js';

interface MadeTranscription {
  result: TranscriptionResult;
}

@Injectable()
export class TranscriptionWork extends DocumentWork<TranscriptionJob, MadeTranscription> {
  protected readonly noun = 'transcription';
  protected readonly logger = new Logger('Transcriptions');

  constructor(
    jobs: DocumentJobs,
    private readonly transcriptions: Transcriptions,
    private readonly pieces: TranscriptionPieces,
    private readonly client: TranscriptionsClient,
    private readonly billing: BilledTranscription,
    private readonly delivery: TranscriptionDelivery,
  ) {
    super(jobs);
  }

  protected async make(job: TranscriptionJob, watch: JobWatch, owner: string): Promise<MadeTranscription> {
    const result = await this.pieces.during(job, watch.signal, (pieces) =>
      this.transcribe(job, owner, pieces, watch),
    );
    return { result };
  }

  protected about({ request }: TranscriptionJob): object {
    return { bytes: request.audio.bytes };
  }

  protected summary({ result }: MadeTranscription): object {
    return { count: result.pieces };
  }

  protected mayHelp({ recovery }: ParleyError): boolean {
    return recovery === 'retry_later';
  }

  /** Nobody needs the recording any more. */
  protected async ended(job: TranscriptionJob): Promise<void> {
    await this.transcriptions.discard(job);
  }

  private async transcribe(
    job: TranscriptionJob,
    owner: string,
    pieces: readonly Piece[],
    watch: JobWatch,
  ): Promise<TranscriptionResult> {
    const { wishes } = job.request;
    const known = await this.jobs.parts<DonePiece>(job.id);
    const done: DonePiece[] = [];
    // Whoever listens hears it from the beginning again.
    if (job.attempt > 1) watch.tell({ type: 'reset' });
    for (const [index, piece] of pieces.entries()) {
      const name = `${index}:${pieces.length}`;
      watch.progress({ stage: 'transcribing', done: index, total: pieces.length });
      const before = known.get(name);
      if (before !== undefined) {
        watch.tell({ type: 'text', delta: before.transcript.text });
        done.push(before);
        continue;
      }
      let heard = false;
      const outcome = await this.billing.during(job, index, piece, watch.signal, () =>
        this.client.transcribe({ ...wishes, detail: detailOf(wishes), audio: piece.audio }, watch.signal, {
          text: (delta) => {
            heard = true;
            watch.tell({ type: 'text', delta });
          },
          // Pieces before this one are told again, so that what stands is what the transcript will say.
          reset: () => {
            heard = false;
            watch.tell({ type: 'reset' });
            for (const { transcript } of done) watch.tell({ type: 'text', delta: `${transcript.text} ` });
          },
        }),
      );
      if (!heard) watch.tell({ type: 'text', delta: outcome.transcript.text });
      if (index < pieces.length - 1) watch.tell({ type: 'text', delta: ' ' });
      const part = { ...outcome, offset: piece.offset };
      await this.jobs.keepPart(job.id, owner, name, part);
      done.push(part);
    }
    watch.progress({ stage: 'delivering', done: pieces.length, total: pieces.length });
    const last = pieces.at(-1);
    const duration = last?.duration === undefined ? undefined : last.offset + last.duration;
    const usage = sumUsage(done.map((part) => part.usage));
    const result: TranscriptionResult = {
      transcript: pieces.length === 1 ? done[0]!.transcript : joinTranscripts(done, duration),
      model: wishes.model,
      pieces: pieces.length,
      ...(usage && { usage }),
    };
    return { ...result, ...(await this.delivery.deliver(job, result, watch.signal, owner)) };
  }
}
