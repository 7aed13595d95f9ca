// Reservation before a call to a model, settlement after it: the only way in which limits and budgets hold over replicas that
// know nothing of each other. The rules are in the scripts; here is what goes around them, and what happens without Redis.
import { Injectable, Logger, Optional, type OnModuleDestroy } from '@nestjs/common';
import { LimitsConfig, type ScopeLimits } from '#config';
import { ParleyError, toParleyError, userKey, userName } from '#contracts';
import { StateRedis } from '#redis';
import { HealthRegistry, Metrics } from '#telemetry';
import { NANO, Prices } from '../prices/prices.js';
import { RESERVE } from '../scripts/reserve.lua.js';
import { RELEASE } from '../scripts/settle.lua.js';
import { maximaOf } from './limit-names.js';
import { LocalShare, MOST_LOCAL } from './local-share.js';
import { Replica } from './replica.js';
import type { Ask, Reservation, ReserveAnswer, Settled, Settlement } from './reservation.js';
import { nextDay, nextMonth } from './resets.js';
import { SettleLater } from './settle-later.js';
import { Settler } from './settler.js';
import { FEWEST_OUTPUT, WINDOW, type WindowOptions } from './window.js';

/** How long a call waits for Redis before the replica goes on by itself. */
const PATIENCE_MS = 2_000;
const HELD_MS = 500;

@Injectable()
export class Limits implements OnModuleDestroy {
  private readonly logger = new Logger(Limits.name);
  private readonly replica: Replica;
  private readonly settler: Settler;
  private readonly later: SettleLater;
  /** Of this replica, in the last minute. */
  private readonly starts: number[] = [];
  /** Present while Redis is away. */
  private share: LocalShare | undefined;
  /** What was reserved without Redis and is not settled, also after Redis is back. */
  private readonly local = new Map<string, Reservation>();
  window: WindowOptions = WINDOW;

  constructor(
    private readonly redis: StateRedis,
    private readonly config: LimitsConfig,
    private readonly prices: Prices,
    @Optional() private readonly metrics?: Metrics,
    @Optional() private readonly health?: HealthRegistry,
  ) {
    this.replica = new Replica(redis, () => this.whenBack());
    this.settler = new Settler(redis, config, prices, metrics);
    this.later = new SettleLater((told) => this.settler.settle(told, PATIENCE_MS), metrics);
  }

  /** This process calls models: it counts as a replica. `reserve` does it by itself; at start is better. */
  join(): void {
    if (!this.replica.join()) return;
    const { service, tenant, user } = this.config;
    for (const [scope, limits] of Object.entries({ service, tenant, user }))
      for (const [limit, max] of Object.entries(maximaOf(limits)))
        if (max > 0) this.metrics?.limit.set({ scope, limit }, max);
    this.health?.register('limits', {
      critical: false,
      check: () =>
        this.share === undefined
          ? { status: 'up' }
          : {
              status: 'degraded',
              cause: `Redis is away; this process keeps to 1/${this.replica.sight.replicas} of the limits`,
            },
    });
  }

  /** Hears from Redis now what it otherwise hears every few seconds. Never rejects. */
  async sight(): Promise<void> {
    this.join();
    await this.replica.say();
  }

  async onModuleDestroy(): Promise<void> {
    await this.later.stop();
    await this.replica.leave();
  }

  /**
   * Never throws for want of Redis: then the replica's share decides.
   * @throws ParleyError `invalid_request` for sizes that are none
   */
  async reserve(ask: Ask): Promise<ReserveAnswer> {
    if (!isSize(ask.input_tokens) || !isSize(ask.max_output_tokens))
      throw new ParleyError('invalid_request', 'unable to reserve tokens; sizes are whole numbers from 0');
    this.join();
    let answer: ReserveAnswer;
    try {
      answer = await this.ask(ask);
      if (this.share !== undefined) void this.whenBack();
    } catch (error) {
      if (toParleyError(error).code !== 'state_unavailable') throw error;
      answer = this.alone().reserve(
        ask,
        this.prices.rate(ask.model, ask.input_tokens, ask.service_tier),
        Date.now(),
      );
      if (answer.ok) this.remember(answer.reservation);
    }
    this.note(ask, answer);
    return answer;
  }

  /** Once per call of the provider, however often it is told. Without Redis it is told later; then the cost is what it will be. */
  async settle(id: string, settlement: Settlement): Promise<Settled> {
    const local = this.local.get(id);
    const told = { id, settlement, counts: local !== undefined };
    if (local !== undefined) {
      this.local.delete(id);
      const { input_tokens, output_tokens } = local;
      // What nobody knows counts as all that was held, as in the script.
      if (settlement.usage === undefined && settlement.outcome !== 'failed') {
        const all = { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens };
        told.settlement = { ...settlement, usage: all };
      }
      const { usage } = told.settlement;
      const tokens = (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0);
      this.share?.end(id, { tokens, cost: this.settler.cost(told.settlement) ?? 0 });
    }
    try {
      return await this.settler.settle(told, this.patience);
    } catch (error) {
      if (toParleyError(error).code !== 'state_unavailable') throw error;
      this.later.keep({ ...told, settlement: { ...told.settlement, at: settlement.at ?? Date.now() } });
      const cost = this.settler.cost(told.settlement);
      return { cost_usd: cost === undefined ? null : cost / NANO, first: true };
    }
  }

  /** For a call that never went out. Without Redis it is given up by the clock. */
  async release(id: string): Promise<void> {
    if (this.local.delete(id)) this.share?.end(id, { tokens: 0, cost: 0 });
    try {
      await this.redis.run(RELEASE, [this.redis.keys.usage], [id], this.patience);
    } catch (error) {
      this.logger.warn({ code: toParleyError(error).code }, 'reservation not released');
    }
  }

  /** Once it is known that Redis is away nobody waits for it. */
  private get patience(): number {
    return this.share === undefined && this.later.size === 0 ? PATIENCE_MS : 0;
  }

  private async ask(ask: Ask): Promise<ReserveAnswer> {
    const { id, tenant, model, input_tokens, max_output_tokens } = ask;
    const user = userName(ask.user);
    const rate = this.prices.rate(model, input_tokens, ask.service_tier);
    const { widthMs, graceMs } = this.window;
    const [what, a, b, c, cost] = await this.redis.run<[string, string, string, number, string]>(
      RESERVE,
      [this.redis.keys.usage],
      [
        id,
        tenant,
        user,
        userKey(tenant, user),
        model,
        input_tokens,
        max_output_tokens,
        Math.min(FEWEST_OUTPUT, max_output_tokens),
        rate?.input ?? '',
        rate?.output ?? '',
        Math.round(ask.hold_ms ?? this.config.reservationSeconds * 1_000),
        widthMs,
        graceMs,
        ...[this.config.service, this.config.tenant, this.config.user].flatMap((limits) =>
          toArguments(ask.start === false ? { ...limits, requestsPerMinute: 0 } : limits),
        ),
        ask.hold_ms === undefined ? 0 : 1,
      ],
      this.patience,
    );
    if (what === 'ok') {
      const reservation = {
        id,
        input_tokens,
        output_tokens: Number(a),
        cost_usd: cost === '' ? null : Number(cost) / NANO,
        local: false,
      };
      return { ok: true, reservation, output_tokens: Number(a) };
    }
    if (what === 'wait' && b === 'slot') return { ok: false, wait_ms: Number(a), reason: 'slot' };
    if (what === 'wait')
      return { ok: false, wait_ms: Math.round(HELD_MS * (0.5 + Math.random())), reason: 'held' };
    const resets_at = b === 'day' ? nextDay(c) : nextMonth(c);
    return { ok: false, code: a as 'token_limit_reached' | 'budget_exhausted', resets_at };
  }

  private note(ask: Ask, answer: ReserveAnswer): void {
    const count = (outcome: string, reason: string): void => this.metrics?.limits.inc({ outcome, reason });
    if (!answer.ok) return 'code' in answer ? count('refused', answer.code) : count('waited', answer.reason);
    count(answer.output_tokens < ask.max_output_tokens ? 'reduced' : 'granted', 'none');
    if (ask.start === false) return;
    const now = Date.now();
    while (this.starts.length > 0 && this.starts[0]! <= now - this.window.widthMs) this.starts.shift();
    this.starts.push(now);
  }

  private alone(): LocalShare {
    if (this.share === undefined) {
      const { sight } = this.replica;
      this.share = new LocalShare(this.config, sight, this.starts, this.window);
      this.metrics?.limitsFallback.set(1);
      this.logger.warn(
        { count: sight.replicas },
        'Redis is away: this process keeps to its share of the limits',
      );
    }
    return this.share;
  }

  private remember(reservation: Reservation): void {
    this.local.set(reservation.id, reservation);
    // Of those whose owners died nothing else would end the list.
    if (this.local.size > MOST_LOCAL) this.local.delete(this.local.keys().next().value!);
  }

  /** Redis answers: the shared limits count again, and what was recorded meanwhile is told. Never rejects. */
  private async whenBack(): Promise<void> {
    if (this.share !== undefined) {
      this.share = undefined;
      this.metrics?.limitsFallback.set(0);
      this.logger.log({ pending: this.later.size }, 'Redis is back: the limits are shared again');
    }
    await this.later.tell();
  }
}

const isSize = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;

const toArguments = (limits: ScopeLimits): number[] => [
  limits.requestsPerMinute,
  limits.tokensPerDay,
  Math.round(limits.dailyBudget * NANO),
  Math.round(limits.monthlyBudget * NANO),
];
