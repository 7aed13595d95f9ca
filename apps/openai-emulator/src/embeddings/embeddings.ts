// The route of /embeddings. A vector is made of the words of its text, so that texts with common words are near each other:
// no meaning, but always the same.

import { createHash } from 'node:crypto';

import { ApiError } from '../errors.js';
import type { Exchange } from '../http/exchange.js';
import type { Models } from '../models/models.js';
import { countTokens } from '../text/tokens.js';
import { integerIn, onlyFields, tooMany } from '../vector-stores/checks.js';
import { keywordsOf } from '../vector-stores/keywords.js';

const SIZES: Readonly<Record<string, number>> = {
  'text-embedding-3-small': 1_536,
  'text-embedding-3-large': 3_072,
  'text-embedding-ada-002': 1_536,
};
const MOST_INPUTS = 2_048;
const MOST_TOKENS = 8_192;

export class Embeddings {
  constructor(private readonly models: Models) {}

  readonly create = (exchange: Exchange): void => {
    const body = exchange.object();
    onlyFields(body, ['input', 'model', 'encoding_format', 'dimensions', 'user']);
    const { model, encoding_format: encoding = 'float', dimensions } = body;
    this.models.require(model);
    const whole = SIZES[model as string];
    if (whole === undefined)
      throw ApiError.badRequest(
        `The model '${String(model)}' is not supported by this endpoint.`,
        'model',
        'invalid_value',
      );
    if (encoding !== 'float' && encoding !== 'base64')
      throw ApiError.badRequest(
        `Invalid value: '${String(encoding)}'. Supported values are: 'float' and 'base64'.`,
        'encoding_format',
        'invalid_value',
      );
    if (dimensions !== undefined && model === 'text-embedding-ada-002')
      throw ApiError.unsupported('dimensions');
    const size = dimensions === undefined ? whole : integerIn(dimensions, 'dimensions', 1, whole);
    const inputs = inputsOf(body['input']);
    const tokens = inputs.reduce((sum, input) => sum + input.tokens, 0);
    const data = inputs.map(({ words }, index) => {
      const vector = vectorOf(words, size);
      const embedding = encoding === 'float' ? [...vector] : Buffer.from(vector.buffer).toString('base64');
      return { object: 'embedding', index, embedding };
    });
    exchange.json(200, {
      object: 'list',
      data,
      model,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    });
  };
}

interface Input {
  words: string[];
  tokens: number;
}

/** A text, texts, the tokens of one text, or those of several. @throws ApiError 400 */
function inputsOf(input: unknown): Input[] {
  if (input === undefined) throw ApiError.missing('input');
  const several = Array.isArray(input) && !(input.length > 0 && input.every(Number.isInteger));
  const values: unknown[] = several ? (input as unknown[]) : [input];
  tooMany(values, 'input', MOST_INPUTS);
  if (values.length === 0) throw ApiError.badRequest(`Invalid 'input': empty array.`, 'input', 'empty_array');
  return values.map((value, index) => toInput(value, several ? `input[${index}]` : 'input'));
}

function toInput(value: unknown, path: string): Input {
  const ids = Array.isArray(value) && value.every(Number.isInteger) ? value.map(String) : undefined;
  if (ids === undefined && typeof value !== 'string')
    throw ApiError.invalidType(path, 'a string or an array of integers', value);
  const text = value as string;
  const input = ids
    ? { words: ids, tokens: ids.length }
    : { words: keywordsOf(text), tokens: countTokens(text) };
  if (input.tokens === 0) throw ApiError.badRequest(`Invalid '${path}': empty.`, path, 'invalid_value');
  if (input.tokens > MOST_TOKENS)
    throw ApiError.badRequest(
      `This model's maximum context length is ${MOST_TOKENS} tokens, however you requested ${input.tokens} tokens.`,
      path,
      'context_length_exceeded',
    );
  return input;
}

/** Of length 1. A text without words points into a direction of its own. */
function vectorOf(words: readonly string[], size: number): Float32Array {
  const vector = new Float32Array(size);
  for (const word of words.length > 0 ? words : ['']) {
    const digest = createHash('sha256').update(word).digest();
    for (let at = 0; at < digest.length; at += 4) {
      const number = digest.readUInt32LE(at);
      vector[(number >>> 1) % size]! += number & 1 ? 1 : -1;
    }
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}
