// OpenAI's transcription of sound, thinly: one piece goes up as it is read, its text comes back whole or while it is made. A
// failure that passes is tried again here, because the sound is at hand; what is asked too much waits as long as it is told.
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenAI } from 'openai';
import type { TranscriptionCreateParamsStreaming } from 'openai/resources/audio/transcriptions';
import type { ModelCatalogue } from '../catalogue/model-catalogue.js';
import { UNKNOWN_TRANSCRIBER } from '../catalogue/transcribers.data.js';
import { decideRetry } from '../errors/retry-decision.js';
import { toUpstreamError } from '../errors/to-upstream-error.js';
import { UpstreamError } from '../errors/upstream-error.js';
import { headersLimit, runModelStream } from '../stream/model-stream.js';
import { readTranscript, readUsage } from './read-transcription.js';
import { toTranscriptionBody } from './to-transcription-body.js';
import type { TranscriptionOutcome } from './transcript.js';
import { TranscriptionEvents } from './transcription-events.js';
import type { TranscriptionRequest, TranscriptionSink } from './transcription-request.js';

export interface TranscriptionsClientOptions {
  /** Ms until a whole answer, or the first of its text, must be there. */
  answerMs: number;
  /** Ms between two pieces of text. */
  idleMs: number;
  /** Tries of one piece of sound beyond the first. */
  retries: number;
  /** A provider that wants more ms of pause than this is left to the caller. */
  longestPauseMs: number;
}

export const TRANSCRIPTION_PATIENCE: TranscriptionsClientOptions = {
  answerMs: 15 * 60_000,
  idleMs: 2 * 60_000,
  retries: 4,
  longestPauseMs: 90_000,
};

export class TranscriptionsClient {
  constructor(
    private readonly openai: OpenAI,
    private readonly catalogue: ModelCatalogue,
    private readonly options: TranscriptionsClientOptions = TRANSCRIPTION_PATIENCE,
  ) {}

  /**
   * @param sink gets the text while it is made, from models that can do that
   * @throws UpstreamError; `retry_after_ms` on one that may be tried again later
   */
  async transcribe(
    request: TranscriptionRequest,
    signal: AbortSignal,
    sink?: TranscriptionSink,
  ): Promise<TranscriptionOutcome> {
    const traits = this.catalogue.transcriber(request.model) ?? UNKNOWN_TRANSCRIBER;
    const streamed = sink !== undefined && traits.streams;
    for (let burn = 0, tries = 0; ; tries++) {
      try {
        return await (streamed ? this.streamed(request, signal, sink) : this.whole(request, signal));
      } catch (thrown) {
        const error = toUpstreamError(thrown);
        if (tries >= this.options.retries || signal.aborted) throw error;
        const next = decideRetry(error, { burn, max_retries: this.options.retries, parked: tries });
        // Money and keys do not come back in a minute or two.
        if (next.action === 'fail' || next.reason === 'quota' || next.reason === 'auth') throw error;
        if (next.delay_ms > this.options.longestPauseMs) throw error;
        if (next.action === 'retry') burn += next.burn;
        if (streamed) sink.reset();
        await sleep(next.delay_ms, undefined, { signal }).catch(() => {
          throw new UpstreamError('aborted', 'the call was aborted');
        });
      }
    }
  }

  private async whole(request: TranscriptionRequest, signal: AbortSignal): Promise<TranscriptionOutcome> {
    const traits = this.catalogue.transcriber(request.model) ?? UNKNOWN_TRANSCRIBER;
    const body = toTranscriptionBody(request, traits, false);
    const { data, request_id } = await this.openai.audio.transcriptions
      .create(body, { signal, timeout: this.options.answerMs })
      .withResponse();
    const usage = readUsage((data as { usage?: unknown } | undefined)?.usage);
    return {
      transcript: readTranscript(data),
      ...(usage && { usage }),
      ...(request_id !== null && { request_id }),
    };
  }

  private async streamed(
    request: TranscriptionRequest,
    signal: AbortSignal,
    sink: TranscriptionSink,
  ): Promise<TranscriptionOutcome> {
    const traits = this.catalogue.transcriber(request.model) ?? UNKNOWN_TRANSCRIBER;
    const body = toTranscriptionBody(request, traits, true) as TranscriptionCreateParamsStreaming;
    const consumer = new TranscriptionEvents(sink);
    const timeouts = { first_output_ms: this.options.answerMs, idle_ms: this.options.idleMs };
    let request_id: string | null = null;
    const open = async (stop: AbortSignal): Promise<Response> => {
      const response = await this.openai.audio.transcriptions
        .create(body, { signal: stop, timeout: headersLimit(timeouts) })
        .asResponse();
      request_id = response.headers.get('x-request-id');
      return response;
    };
    await runModelStream({ open, consumer, sink: {}, signal, timeouts });
    return { ...consumer.outcome(), ...(request_id !== null && { request_id }) };
  }
}
