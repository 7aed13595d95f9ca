// The limits while Redis is away: each replica keeps to its share of them, in memory. Knows nothing of what the others do.
import type { LimitsConfig, ScopeLimits } from '#config';
import { userKey, userName } from '#contracts';
import { NANO, type Rate } from '../prices/prices.js';
import { nextDay, nextMonth } from './resets.js';
import type { Ask, ReserveAnswer } from './reservation.js';
import { FEWEST_OUTPUT, WINDOW, type WindowOptions } from './window.js';

/** What was last heard of the whole service. Costs in billionths of a dollar. */
export interface LastSight {
  replicas: number;
  tokens: number;
  day_cost: number;
  month_cost: number;
}

interface Held {
  scopes: string[];
  tokens: number;
  cost: number;
  input: number;
  output: number;
  priced: boolean;
}

interface Scope {
  starts: number[];
  tokens: number;
  cost: number;
}

/** Scopes and open reservations beyond this are not told apart from strangers: they get nothing. */
export const MOST_LOCAL = 20_000;

export class LocalShare {
  private readonly scopes = new Map<string, Scope>();
  private readonly held = new Map<string, Held>();
  private readonly slots = new Map<string, number>();

  /** @param starts of this replica in the last minute: they were the service's, too */
  constructor(
    private readonly config: LimitsConfig,
    private readonly sight: LastSight,
    starts: readonly number[],
    private readonly window: WindowOptions = WINDOW,
  ) {
    this.scope('s').starts.push(...starts);
  }

  reserve(ask: Ask, rate: Rate | undefined, now: number): ReserveAnswer {
    const known = this.held.get(ask.id);
    if (known !== undefined) return granted(ask.id, known);
    const ukey = userKey(ask.tenant, userName(ask.user));
    const names = ['s', `t:${ask.tenant}`, ...(ukey === '' ? [] : [`u:${ukey}`])];
    if (this.scopes.size + names.length > MOST_LOCAL || this.held.size >= MOST_LOCAL)
      return { ok: false, wait_ms: this.window.widthMs, reason: 'held' };
    const limits = [this.config.service, this.config.tenant, this.config.user];
    const perInput = rate?.input ?? 0;
    const perOutput = rate?.output ?? 0;
    const least = Math.min(FEWEST_OUTPUT, ask.max_output_tokens);
    let output = ask.max_output_tokens;
    for (const [i, name] of names.entries()) {
      const { tokens, cost } = this.scope(name);
      const share = this.share(limits[i]!, name === 's');
      const left = share.tokens - tokens - ask.input_tokens;
      if (left < least) return { ok: false, code: 'token_limit_reached', resets_at: nextDay(now) };
      output = Math.min(output, Math.floor(left));
      for (const [budget, resets_at] of [
        [share.day, nextDay(now)],
        [share.month, nextMonth(now)],
      ] as const) {
        const money = budget - cost - ask.input_tokens * perInput;
        if (money <= 0 || money < least * perOutput)
          return { ok: false, code: 'budget_exhausted', resets_at };
        if (perOutput > 0) output = Math.min(output, Math.floor(money / perOutput));
      }
    }
    const slot = ask.start === false ? now : this.slot(ask.id, names, limits, now);
    if (slot > now) return { ok: false, wait_ms: slot - now, reason: 'slot' };
    const cost = Math.ceil(ask.input_tokens * perInput + output * perOutput);
    const held: Held = {
      scopes: names,
      tokens: ask.input_tokens + output,
      cost,
      input: ask.input_tokens,
      output,
      priced: rate !== undefined,
    };
    this.held.set(ask.id, held);
    this.book(held, held.tokens, cost);
    return granted(ask.id, held);
  }

  /** @param used what became of it */
  end(id: string, used: { tokens: number; cost: number }): void {
    const held = this.held.get(id);
    if (held === undefined) return;
    this.held.delete(id);
    this.book(held, used.tokens - held.tokens, used.cost - held.cost);
  }

  private book({ scopes }: Held, tokens: number, cost: number): void {
    for (const name of scopes) {
      const scope = this.scope(name);
      scope.tokens += tokens;
      scope.cost += cost;
    }
  }

  /** The start that is promised to `id`, or the next one that is free. */
  private slot(id: string, names: string[], limits: ScopeLimits[], now: number): number {
    const { widthMs, graceMs } = this.window;
    const promised = this.slots.get(id);
    if (promised !== undefined && promised + graceMs >= now) {
      if (promised <= now) this.slots.delete(id);
      return promised;
    }
    let slot = now;
    for (const [i, name] of names.entries()) {
      const n = this.number(limits[i]!);
      const { starts } = this.scope(name);
      while (starts.length > 0 && starts[0]! <= now - widthMs) starts.shift();
      if (n > 0 && starts.length >= n) slot = Math.max(slot, starts[starts.length - n]! + widthMs);
    }
    if (slot > now && !this.promise(id, slot, now)) return slot;
    // In order: a user who waits for himself may be promised a later start than who comes after him.
    for (const name of names) this.scope(name).starts.splice(after(this.scope(name).starts, slot), 0, slot);
    return slot;
  }

  /** @returns false when too many wait: then it is only said when to come again */
  private promise(id: string, slot: number, now: number): boolean {
    if (this.slots.size >= MOST_LOCAL)
      for (const [other, at] of this.slots) if (at + this.window.graceMs < now) this.slots.delete(other);
    if (this.slots.size >= MOST_LOCAL) return false;
    this.slots.set(id, slot);
    return true;
  }

  private number({ requestsPerMinute }: ScopeLimits): number {
    // At least one, so that nobody stands still because there are more replicas than starts.
    return requestsPerMinute === 0 ? 0 : Math.max(1, Math.floor(requestsPerMinute / this.sight.replicas));
  }

  private share(limits: ScopeLimits, service: boolean): { tokens: number; day: number; month: number } {
    const part = (most: number, taken: number): number =>
      most === 0 ? Infinity : Math.max(0, most - (service ? taken : 0)) / this.sight.replicas;
    const { tokens, day_cost, month_cost } = this.sight;
    return {
      tokens: part(limits.tokensPerDay, tokens),
      day: part(limits.dailyBudget * NANO, day_cost),
      month: part(limits.monthlyBudget * NANO, month_cost),
    };
  }

  private scope(name: string): Scope {
    let scope = this.scopes.get(name);
    if (scope === undefined) this.scopes.set(name, (scope = { starts: [], tokens: 0, cost: 0 }));
    return scope;
  }
}

const granted = (id: string, { input, output, cost, priced }: Held): ReserveAnswer => ({
  ok: true,
  output_tokens: output,
  reservation: {
    id,
    input_tokens: input,
    output_tokens: output,
    cost_usd: priced ? cost / NANO : null,
    local: true,
  },
});

/** The place behind all that are not later than `slot`. */
const after = (starts: readonly number[], slot: number): number =>
  starts.findLastIndex((start) => start <= slot) + 1;
