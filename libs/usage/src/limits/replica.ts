// Says every few seconds that this replica is there, and keeps what it hears back: how many there are and what the service has
// used. That is what its share is made of when Redis goes away.
import { randomUUID } from 'node:crypto';
import type { StateRedis } from '#redis';
import { SEEN_ALIVE } from '../scripts/upkeep.lua.js';
import type { LastSight } from './local-share.js';

const EVERY_MS = 5_000;
const GONE_MS = 3 * EVERY_MS;
const PATIENCE_MS = 1_000;

export class Replica {
  sight: LastSight = { replicas: 1, tokens: 0, day_cost: 0, month_cost: 0 };
  private readonly id = randomUUID();
  private timer: NodeJS.Timeout | undefined;
  private first: Promise<void> | undefined;

  /** @param heard after each answer of Redis */
  constructor(
    private readonly redis: StateRedis,
    private readonly heard: () => Promise<void>,
  ) {}

  /** @returns false when it has joined already */
  join(): boolean {
    if (this.first !== undefined) return false;
    this.timer = setInterval(() => void this.say(), EVERY_MS).unref();
    this.first = this.say();
    return true;
  }

  /** Resolves when Redis has answered or is known to be away. */
  async say(): Promise<void> {
    try {
      this.sight = await this.tell(0);
    } catch {
      // The next turn is near; until then the last sight counts.
      return;
    }
    await this.heard();
  }

  async leave(): Promise<void> {
    if (this.first === undefined) return;
    clearInterval(this.timer);
    await this.first;
    // One that cannot say so is gone by the clock.
    await this.tell(1).catch(() => undefined);
  }

  private async tell(goes: 0 | 1): Promise<LastSight> {
    const { keys } = this.redis;
    const args = [this.id, GONE_MS, goes];
    const [replicas, ...taken] = await this.redis.run<[number, string, string, string]>(
      SEEN_ALIVE,
      [keys.usage],
      args,
      PATIENCE_MS,
    );
    const [tokens, day_cost, month_cost] = taken.map(Number) as [number, number, number];
    return { replicas: Math.max(1, replicas), tokens, day_cost, month_cost };
  }
}
