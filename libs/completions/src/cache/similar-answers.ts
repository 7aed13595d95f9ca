// Answers to requests that ask nearly the same: everything equal but the words of the prompt, whose vectors point nearly the same
// way. Kept are vectors only, bounded in number; the answer itself is the exact cache's, and is gone with it.
import { Injectable } from '@nestjs/common';
import { CompletionsConfig } from '#config';
import type { ModelRequest } from '#openai';
import { defineScript, StateRedis } from '#redis';
import { AnswerCache, digestOf, type CachedAnswer, type CachePlace } from './answer-cache.js';

/** Numbers in a vector. Half as long as the shortest that is offered whole, and as good at telling questions apart. */
export const VECTOR_DIMENSIONS = 512;
/** A text never has more tokens than bytes, and embedding models take 8,192; what is longer is no question that comes again. */
const MOST_BYTES = 8_000;

/** Where requests that may share answers have their vectors. */
export interface SimilarPlace {
  /** hash: answer's key → vector of its prompt */
  vectors: string;
  /** The prompt: what is to be turned into a vector. */
  words: string;
}

export interface SimilarAnswer {
  answer: CachedAnswer;
  /** How long it may still be given, ms. */
  ms: number;
}

/**
 * KEYS vectors, ages, index; ARGV answer's key, vector, most, seconds. The oldest make room; a vector goes with its answer.
 */
const KEEP_VECTOR = defineScript(
  'keep_vector',
  `
local t = redis.call('TIME')
local now, life = t[1] * 1000 + math.floor(t[2] / 1000), ARGV[4] * 1000
redis.call('ZADD', KEYS[2], now + life, ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
local old = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)
local over = redis.call('ZCARD', KEYS[2]) - #old - tonumber(ARGV[3])
if over > 0 then
  for _, key in ipairs(redis.call('ZRANGE', KEYS[2], #old, #old + over - 1)) do old[#old + 1] = key end
end
for _, key in ipairs(old) do
  redis.call('ZREM', KEYS[2], key)
  redis.call('HDEL', KEYS[1], key)
  redis.call('SREM', KEYS[3], KEYS[1] .. ' ' .. key)
end
redis.call('SADD', KEYS[3], KEYS[1] .. ' ' .. ARGV[1])
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[4]) end
return 1
`,
);

@Injectable()
export class SimilarAnswers {
  constructor(
    private readonly redis: StateRedis,
    private readonly cache: AnswerCache,
    private readonly config: CompletionsConfig,
  ) {}

  /** @returns undefined when it is off, or the prompt is no short text alone */
  place({ whose, asked }: CachePlace): SimilarPlace | undefined {
    if (this.config.cacheSimilarity === 0) return undefined;
    const words = wordsOf(asked);
    if (words.trim() === '' || Buffer.byteLength(words) > MOST_BYTES) return undefined;
    const rest = { ...asked, input: asked.input.slice(0, -1) };
    // A vector hardly sees a number, and another number is another question.
    const numbers = words.match(/\p{N}+/gu) ?? [];
    const content = ['near', this.config.cacheEmbeddingModel, ...whose, rest, numbers];
    return { vectors: `${this.redis.keys.answer(digestOf(content))}:near`, words };
  }

  /** The answer to the most similar prompt, if one is similar enough. @param vector of length 1 */
  async find({ vectors }: SimilarPlace, vector: Float32Array): Promise<SimilarAnswer | undefined> {
    const kept = await this.redis.attempt((client) => client.hgetallBuffer(vectors));
    const near = Object.entries(kept)
      .map(([key, bytes]) => ({ key, cosine: cosine(vector, bytes) }))
      .filter(({ cosine: c }) => c >= this.config.cacheSimilarity)
      .toSorted((a, b) => b.cosine - a.cosine);
    for (const { key } of near) {
      const [json, ms] = await this.redis.attempt((client) =>
        Promise.all([client.get(key), client.pttl(key)]),
      );
      if (json !== null && ms > 0) return { answer: JSON.parse(json) as CachedAnswer, ms };
    }
    return undefined;
  }

  /** Lets the answer that is kept at `place` be found by its prompt's vector. */
  async keep({ vectors }: SimilarPlace, vector: Float32Array, { key, index }: CachePlace): Promise<void> {
    const { cacheSimilarEntries: most, cacheSeconds: seconds } = this.config;
    const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
    const keys = [vectors, agesOf(vectors), `${index}:near`];
    await this.redis.run(KEEP_VECTOR, keys, [key, bytes, most, seconds]);
  }

  /** Of what the user asked for. @returns how many vectors were removed */
  async eraseUser(tenant: string, user: string): Promise<number> {
    const index = `${this.cache.indexOf(tenant, user)}:near`;
    return this.redis.attempt(async (client) => {
      const members = await client.smembers(index);
      let removed = 0;
      for (const member of members) {
        const [vectors = '', key = ''] = member.split(' ');
        removed += await client.hdel(vectors, key);
        await client.zrem(agesOf(vectors), key);
      }
      await client.del(index);
      return removed;
    });
  }
}

const agesOf = (vectors: string): string => vectors.replace(/:near$/, ':ages');

/** The last message, if it is the user's and nothing but text. */
function wordsOf({ input }: ModelRequest): string {
  const last = input.at(-1) as { role?: string; content?: unknown } | undefined;
  if (last?.role !== 'user') return '';
  if (typeof last.content === 'string') return last.content;
  const parts = Array.isArray(last.content) ? (last.content as { type: string; text?: string }[]) : [];
  return parts.every(({ type }) => type === 'input_text') ? parts.map(({ text = '' }) => text).join('') : '';
}

/** Of two vectors of length 1; 0 when the other is not of the same kind. */
function cosine(vector: Float32Array, bytes: Buffer): number {
  if (bytes.byteLength !== vector.byteLength) return 0;
  // What the driver hands out begins anywhere; numbers must begin at a multiple of four.
  const other = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  let product = 0;
  for (let i = 0; i < vector.length; i++) product += vector[i]! * other[i]!;
  return product;
}
