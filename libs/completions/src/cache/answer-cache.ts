// Answers to one-shot requests that may be given again, and who of several equal requests asks for all. Nobody gets what
// another user asked for unless the scope says so, and what was said of a user can be removed with them.
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CompletionsConfig } from '#config';
import { userKey, userName } from '#contracts';
import type { ModelRequest, ModelUsage } from '#openai';
import { StateRedis } from '#redis';

export interface CachedAnswer {
  text: string;
  /** The model that answered. */
  model: string;
  usage: ModelUsage;
}

export interface Asker {
  tenant: string;
  user: string | undefined;
}

/** Names one answer; see {@link AnswerCache.place}. */
export interface CachePlace {
  key: string;
  /** set of the keys that a user's requests have filled */
  index: string;
  /** Tenant, and the user where the answer is for nobody else. */
  whose: readonly [tenant: string, user: string];
  /** What it depends on. */
  asked: ModelRequest;
}

/** Who asks for all says so again this often, and is not waited for after three times as long. */
export const LEAD_MS = 2_000;

@Injectable()
export class AnswerCache {
  constructor(
    private readonly redis: StateRedis,
    private readonly config: CompletionsConfig,
  ) {}

  /**
   * @returns undefined when the answer is not to be kept: nothing is cached, the request wants variety, or it carries
   * images, whose bytes are as personal as they are large
   */
  place({ tenant, user }: Asker, request: ModelRequest): CachePlace | undefined {
    const { cacheSeconds, cacheMaxTemperature, cacheScope } = this.config;
    if (cacheSeconds === 0 || (request.temperature ?? 0) > cacheMaxTemperature || hasImages(request))
      return undefined;
    const { safety_identifier: _who, prompt_cache_key: _where, service_tier: _price, ...asked } = request;
    const shared = cacheScope === 'tenant' ? '' : (user ?? '');
    const { keys } = this.redis;
    const whose = [tenant, shared] as const;
    return {
      key: keys.answer(digestOf([...whose, asked])),
      index: this.indexOf(tenant, user),
      whose,
      asked,
    };
  }

  /** set of the keys that a user's requests have filled */
  indexOf(tenant: string, user: string | undefined): string {
    return this.redis.keys.answersOf(ownerOf(tenant, user));
  }

  async get({ key }: CachePlace): Promise<CachedAnswer | undefined> {
    const json = await this.redis.attempt((client) => client.get(key));
    return json === null ? undefined : (JSON.parse(json) as CachedAnswer);
  }

  /** @param ms how long it may be given again */
  async put(
    { key, index }: Pick<CachePlace, 'key' | 'index'>,
    answer: CachedAnswer,
    ms = this.config.cacheSeconds * 1_000,
  ): Promise<void> {
    const seconds = this.config.cacheSeconds;
    await this.redis.attempt((client) =>
      client
        .multi()
        .set(key, JSON.stringify(answer), 'PX', ms)
        .sadd(index, key)
        .expire(index, seconds)
        .exec(),
    );
  }

  /** Whether `owner` is the one that asks. Said again it stays so. */
  async lead({ key }: CachePlace, owner: string): Promise<boolean> {
    const lead = `${key}:lead`;
    return this.redis.attempt(async (client) => {
      const won = await client.set(lead, owner, 'PX', 3 * LEAD_MS, 'NX');
      if (won === 'OK') return true;
      if ((await client.get(lead)) !== owner) return false;
      await client.pexpire(lead, 3 * LEAD_MS);
      return true;
    });
  }

  /** The others need not wait any more: there is an answer, or there will be none from here. */
  async giveUp({ key }: CachePlace): Promise<void> {
    await this.redis.attempt((client) => client.del(`${key}:lead`));
  }

  /** What is kept of what a user asked for. */
  async ofUser(tenant: string, user: string): Promise<CachedAnswer[]> {
    const index = this.indexOf(tenant, user);
    const texts = await this.redis.attempt(async (client) => {
      const keys = await client.smembers(index);
      return keys.length === 0 ? [] : client.mget(keys);
    });
    return texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as CachedAnswer]));
  }

  /** @returns how many answers were removed */
  async eraseUser(tenant: string, user: string): Promise<number> {
    const index = this.indexOf(tenant, user);
    return this.redis.attempt(async (client) => {
      const keys = await client.smembers(index);
      await client.del(index);
      return keys.length === 0 ? 0 : client.del(...keys);
    });
  }
}

/** Names something by its content, which cannot be told from it. */
export const digestOf = (content: unknown): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('base64url');

/** What nobody is named for is nobody's, within a tenant. */
const ownerOf = (tenant: string, user: string | undefined): string =>
  userKey(tenant, userName(user)) || `nobody:${tenant}`;

const hasImages = ({ input }: ModelRequest): boolean =>
  input.some(
    (item) =>
      'content' in item &&
      Array.isArray(item.content) &&
      (item.content as { type: string }[]).some(({ type }) => type === 'input_image'),
  );
