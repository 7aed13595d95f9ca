// OpenAI's embeddings, thinly: a text becomes a vector of length 1. Each call is made once; the caller decides what follows a
// failure.
import type { OpenAI } from 'openai';
import type { ModelCatalogue } from '../catalogue/model-catalogue.js';
import { toUpstreamError } from '../errors/to-upstream-error.js';
import { UpstreamError } from '../errors/upstream-error.js';

export interface Embedding {
  /** Of length 1. */
  vector: Float32Array;
  /** Tokens of the text, as the provider counts them. */
  tokens: number;
  request_id?: string;
}

export class EmbeddingsClient {
  constructor(
    private readonly openai: OpenAI,
    private readonly catalogue: ModelCatalogue,
  ) {}

  /**
   * @param text not empty, at most 8,192 tokens for OpenAI's models
   * @param dimensions of the vector, where the model can shorten it
   * @throws UpstreamError
   */
  async embed(model: string, text: string, dimensions: number, signal: AbortSignal): Promise<Embedding> {
    // Of models that are not listed nobody knows; servers ignore or refuse what they do not.
    const shortens = this.catalogue.embedder(model)?.shortens === true;
    try {
      const { data, request_id } = await this.openai.embeddings
        // As numbers: not every server that speaks this API knows base64, which the SDK would ask for.
        .create({ model, input: text, encoding_format: 'float', ...(shortens && { dimensions }) }, { signal })
        .withResponse();
      const tokens = Math.max(0, Number(data.usage?.prompt_tokens) || 0);
      return { vector: unit(data.data?.[0]?.embedding), tokens, ...(request_id && { request_id }) };
    } catch (error) {
      throw toUpstreamError(error);
    }
  }
}

function unit(numbers: unknown): Float32Array {
  const vector = Float32Array.from(Array.isArray(numbers) ? (numbers as number[]) : []);
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (!(length > 0 && Number.isFinite(length)))
    throw new UpstreamError('server', 'the provider sent no vector');
  return vector.map((value) => value / length);
}
