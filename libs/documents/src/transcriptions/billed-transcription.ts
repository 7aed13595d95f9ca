// What a piece costs: a start and room within the limits before it, the ledger's row after it, once for each piece.
import { Injectable } from '@nestjs/common';
import { toUpstreamError, type TranscriptionOutcome } from '#openai';
import { Limits, type BilledUsage } from '#usage';
import { reserveStart } from '../jobs/reserve-start.js';
import type { Piece } from './transcription-pieces.js';
import type { TranscriptionJob } from './transcription-record.js';

/** As the provider counts sound: a token is 100 ms. What comes of it is a guess. */
const TOKENS_PER_SECOND = { input: 10, output: 5 } as const;
/** Of speech, where nobody knows how long it is; for reservations too. */
const BYTES_PER_SECOND = { wav: 32_000, flac: 20_000, other: 8_000 } as const;

@Injectable()
export class BilledTranscription {
  constructor(private readonly limits: Limits) {}

  /** @throws ParleyError `token_limit_reached`, `budget_exhausted`, `rate_limited`; what `call` throws */
  async during(
    job: TranscriptionJob,
    index: number,
    piece: Piece,
    signal: AbortSignal,
    call: () => Promise<TranscriptionOutcome>,
  ): Promise<TranscriptionOutcome> {
    const { tenant, user, request } = job;
    const { model } = request.wishes;
    const id = `${job.id}:${index}:${job.attempt}`;
    const { kind, bytes } = request.audio;
    const rate = kind === 'wav' || kind === 'flac' ? BYTES_PER_SECOND[kind] : BYTES_PER_SECOND.other;
    const seconds = piece.duration ?? Math.ceil(bytes / rate);
    await reserveStart(
      this.limits,
      {
        id,
        tenant,
        user,
        model,
        input_tokens: Math.ceil(seconds * TOKENS_PER_SECOND.input),
        max_output_tokens: Math.ceil(seconds * TOKENS_PER_SECOND.output),
      },
      signal,
    );
    const about = { tenant, user, source: 'rest', kind: 'transcription', at: Date.now() };
    try {
      const outcome = await call();
      const usage = toBilled(outcome, seconds);
      const provider_request_id = outcome.request_id;
      await this.settle(id, { ...about, model, outcome: 'completed', usage, provider_request_id });
      return outcome;
    } catch (error) {
      const { request_id } = toUpstreamError(error);
      const outcome = signal.aborted ? 'cancelled' : 'failed';
      await this.settle(id, { ...about, model, outcome, provider_request_id: request_id });
      throw error;
    }
  }

  private async settle(...told: Parameters<Limits['settle']>): Promise<void> {
    // What could not be told to Redis is told later; anything else must not cost the answer.
    await this.limits.settle(...told).catch(() => undefined);
  }
}

/** A model that is paid by the minute may tell tokens, and those of sound tell the seconds; what nobody told is the sound's own length. */
function toBilled({ usage, transcript }: TranscriptionOutcome, seconds: number): BilledUsage {
  if (usage?.type === 'tokens') {
    const { input_tokens, output_tokens, audio_tokens } = usage;
    const heard = audio_tokens === undefined ? seconds : audio_tokens / TOKENS_PER_SECOND.input;
    const total_tokens = input_tokens + output_tokens;
    return { input_tokens, output_tokens, total_tokens, seconds: transcript.duration ?? heard };
  }
  const told = usage?.seconds ?? transcript.duration ?? seconds;
  return { input_tokens: 0, output_tokens: 0, total_tokens: 0, seconds: told };
}
