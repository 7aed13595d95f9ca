// What the whole system has used, for whoever scrapes: figures of Redis, so every process tells the same. Users stand
// there under pseudonyms whose key never leaves Redis, ten at most.
import { createHmac, randomBytes } from 'node:crypto';
import { Injectable, Optional } from '@nestjs/common';
import { StateRedis } from '#redis';
import { Metrics } from '#telemetry';
import { NANO } from '../prices/prices.js';
import { COUNTS, EVERYBODY } from '../scripts/settle.lua.js';
import { readSum } from './counts.js';
import { dayOf } from './periods.js';

const TOP_USERS = 10;
const WAIT_MS = 500;

@Injectable()
export class UsageMetrics {
  private key: string | undefined;

  constructor(
    private readonly redis: StateRedis,
    @Optional() private readonly metrics?: Metrics,
  ) {
    metrics?.beforeScrape(() => this.refresh());
  }

  private async refresh(): Promise<void> {
    const { metrics } = this;
    if (metrics === undefined) return;
    const base = this.redis.keys.usage;
    const day = dayOf(Date.now());
    const periods = { day, month: day.slice(0, 7) };
    for (const [period, name] of Object.entries(periods)) {
      const text = await this.redis.attempt(
        (client) => client.hget(`${base}sum:${name}:${EVERYBODY}:all`, ''),
        WAIT_MS,
      );
      const of = (count: (typeof COUNTS)[number]): number => readSum(text)[COUNTS.indexOf(count)]!;
      metrics.periodTokens.set({ period }, of('input_tokens') + of('output_tokens'));
      metrics.periodCost.set({ period }, of('cost') / NANO);
    }
    metrics.reservations.set(await this.redis.attempt((client) => client.zcard(`${base}open`), WAIT_MS));
    const top = await this.redis.attempt(
      (client) => client.zrevrange(`${base}top:${day}`, 0, TOP_USERS - 1, 'WITHSCORES'),
      WAIT_MS,
    );
    const names = await Promise.all(top.flatMap((user, i) => (i % 2 === 0 ? [this.pseudonym(user)] : [])));
    metrics.topUsers.reset();
    for (const [i, user] of names.entries()) metrics.topUsers.set({ user }, Number(top[2 * i + 1]));
  }

  /** The same for a user as long as the key lives; nobody without the key can try out addresses. */
  private async pseudonym(user: string): Promise<string> {
    this.key ??= await this.makeKey();
    return createHmac('sha256', this.key).update(user).digest('hex').slice(0, 12);
  }

  private makeKey(): Promise<string> {
    const key = `${this.redis.keys.usage}pseudonym`;
    return this.redis.attempt(async (client) => {
      await client.set(key, randomBytes(32).toString('hex'), 'NX');
      return (await client.get(key))!;
    }, WAIT_MS);
  }
}
