// Writes one recording down, from claim to end: piece by piece, each once even if workers die, with its text told while it is made.
import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { toParleyError } from '#contracts';
import { detailOf, TranscriptionsClient, UpstreamError } from '#openai';
import { DocumentJobs } from '../jobs/document-jobs.js';
import { JobWatch } from '../jobs/job-watch.js';
import { nextTry } from '../jobs/next-try.js';
import { joinTranscripts, sumUsage } from './transcript/join-transcripts.js';
import { BilledTranscription } from './billed-transcription.js';
import { TranscriptionDelivery } from './transcription-delivery.js';
import { TranscriptionPieces, type Piece } from './transcription-pieces.js';
import type { DonePiece, TranscriptionJob, TranscriptionResult } from './transcription-record.js';
import { Transcriptions } from './transcriptions.js';

@Injectable()
export class TranscriptionWork {
  private readonly logger = new Logger('Transcriptions');

  constructor(
    private readonly jobs: DocumentJobs,
    private readonly transcriptions: Transcriptions,
    private readonly pieces: TranscriptionPieces,
    private readonly client: TranscriptionsClient,
    private readonly billing: BilledTranscription,
    private readonly delivery: TranscriptionDelivery,
  ) {}

  /** @returns what became of it; the job's result */
  async perform(id: string): Promise<{ state: string }> {
    const owner = randomUUID();
    const claim = await this.jobs.claim(id, owner);
    if (claim !== 'ok') return { state: claim };
    const job = (await this.jobs.get(id)) as TranscriptionJob;
    const watch = new JobWatch(this.jobs, id, owner);
    const begun = performance.now();
    const told = { document: id, attempt: job.attempt, bytes: job.request.audio.bytes };
    try {
      const result = await this.pieces.during(job, watch.signal, (pieces) =>
        this.transcribe(job, owner, pieces, watch),
      );
      await watch.flush();
      await this.jobs.end(id, owner, 'completed', { result });
      await this.transcriptions.discard(job);
      this.logger.log(
        { ...told, outcome: 'completed', count: result.pieces, ms: Math.round(performance.now() - begun) },
        'transcription ends',
      );
      return { state: 'completed' };
    } catch (error) {
      return { state: await this.fail(job, owner, watch, error, told) };
    } finally {
      watch.stop();
    }
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

  /** @returns the state that it is in now */
  private async fail(
    job: TranscriptionJob,
    owner: string,
    watch: JobWatch,
    thrown: unknown,
    told: object,
  ): Promise<string> {
    const error = toParleyError(thrown);
    const { code, details } = error;
    await watch.flush().catch(() => undefined);
    if (watch.lost) return 'lost';
    if (watch.cancelled) {
      await this.jobs.end(job.id, owner, 'cancelled');
      await this.transcriptions.discard(job);
      this.logger.log({ ...told, outcome: 'cancelled' }, 'transcription ends');
      return 'cancelled';
    }
    const log = {
      ...told,
      code,
      ...(error instanceof UpstreamError && { kind: error.kind, detail: error.detail }),
    };
    const pause = error.recovery === 'retry_later' ? nextTry(job, error) : undefined;
    if (pause !== undefined) {
      await this.jobs.park(job.id, owner, pause, { code, details });
      this.logger.warn(log, 'transcription is tried again later');
      return 'queued';
    }
    this.logger.error({ ...log, ...(code === 'internal' && { err: error.cause }) }, 'transcription failed');
    await this.jobs.end(job.id, owner, 'failed', { fault: { code, details } });
    await this.transcriptions.discard(job);
    return 'failed';
  }
}
