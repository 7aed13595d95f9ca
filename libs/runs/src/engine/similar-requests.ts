// Looks for the answer to a request that asked nearly the same, by the embedding of its prompt. Never in the way of the request:
// whatever fails here, the model is asked.
import { Injectable } from '@nestjs/common';
import {
  AnswerCache,
  SimilarAnswers,
  VECTOR_DIMENSIONS,
  type CachePlace,
  type SimilarAnswer,
  type SimilarPlace,
} from '#completions';
import { CompletionsConfig } from '#config';
import { EmbeddingsClient, type ModelRequest } from '#openai';
import { Metrics } from '#telemetry';
import { estimateTokens } from '#usage';
import type { Attempt } from '../worker/attempt.js';
import { HelperCalls } from './helper-call.js';
import { Masking } from './masking.js';

/** Worth waiting for, where an answer takes seconds; ms. */
const PATIENCE_MS = 3_000;

/** A prompt's place among similar ones. */
export interface Likeness {
  place: SimilarPlace;
  vector: Float32Array;
  /** To the most similar prompt, where that is similar enough. */
  found?: SimilarAnswer;
}

@Injectable()
export class SimilarRequests {
  constructor(
    private readonly cache: AnswerCache,
    private readonly similar: SimilarAnswers,
    private readonly client: EmbeddingsClient,
    private readonly calls: HelperCalls,
    private readonly masking: Masking,
    private readonly config: CompletionsConfig,
    private readonly metrics: Metrics,
  ) {}

  /** Never rejects. @returns undefined when it is off, or there is no vector */
  async look(attempt: Attempt, request: ModelRequest, at: CachePlace): Promise<Likeness | undefined> {
    const place = this.similar.place(at);
    if (!place || this.isMasked(attempt, request)) return undefined;
    const vector = await this.embed(attempt, place.words);
    if (!vector) return undefined;
    const found = await this.similar.find(place, vector).catch(() => undefined);
    if (found) await this.note(found, at);
    return { place, vector, ...(found && { found }) };
  }

  /** The answer was put there. Never rejects. */
  async keep({ place, vector }: Likeness, at: CachePlace): Promise<void> {
    await this.similar.keep(place, vector, at).catch(() => undefined);
  }

  /**
   * Equal requests need not look for it again; it lives no longer by that. Where it may be somebody else's it stays where it is, so that
   * it goes with whom it is of.
   */
  private async note({ answer, ms }: SimilarAnswer, at: CachePlace): Promise<void> {
    this.metrics.cache.inc({ outcome: 'similar' });
    if (this.config.cacheScope === 'user') await this.cache.put(at, answer, ms).catch(() => undefined);
  }

  private embed(attempt: Attempt, words: string): Promise<Float32Array | undefined> {
    const model = this.config.cacheEmbeddingModel;
    const size = { input_tokens: estimateTokens(words), max_output_tokens: 0 };
    const ask = { kind: 'embedding', model, ...size, start: false, patience: PATIENCE_MS } as const;
    return this.calls.make(attempt, ask, async (signal) => {
      const { vector, tokens, request_id } = await this.client.embed(model, words, VECTOR_DIMENSIONS, signal);
      const usage = { input_tokens: tokens, output_tokens: 0, total_tokens: tokens };
      return { value: vector, usage, provider_request_id: request_id };
    });
  }

  /** Two prompts that differ in what is hidden from the provider would look the same there. */
  private isMasked(attempt: Attempt, request: ModelRequest): boolean {
    const shown = this.masking.of(attempt, request)?.request(request).input.at(-1);
    return shown !== undefined && JSON.stringify(shown) !== JSON.stringify(request.input.at(-1));
  }
}
