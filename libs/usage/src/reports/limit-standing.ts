// How the limits stand right now: what is set, used and held, for the service, a tenant and a user.
import { Injectable } from '@nestjs/common';
import { LimitsConfig, type ScopeLimits } from '#config';
import { userKey, userName } from '#contracts';
import { StateRedis } from '#redis';
import { nextDay, nextMonth } from '../limits/resets.js';
import { maximaOf, type LimitName, type LimitScope } from '../limits/limit-names.js';
import { WINDOW } from '../limits/window.js';
import { NANO } from '../prices/prices.js';
import { dayOf } from './periods.js';

export interface Standing {
  scope: LimitScope;
  limit: LimitName;
  /** 0 = no limit. */
  max: number;
  used: number;
  /** By calls that are not settled; of requests: starts that are promised. */
  held: number;
  /** ISO time; absent for the sliding window. */
  resets_at?: string;
}

@Injectable()
export class LimitStanding {
  constructor(
    private readonly redis: StateRedis,
    private readonly config: LimitsConfig,
  ) {}

  /** @throws ParleyError `state_unavailable` */
  async of(tenant: string, user?: string): Promise<Standing[]> {
    const { service, tenant: ofTenant, user: ofUser } = this.config;
    const ukey = userKey(tenant, userName(user));
    const rows = [
      ...(await this.scope('service', 's', service)),
      ...(await this.scope('tenant', `t:${tenant}`, ofTenant)),
    ];
    return ukey === '' ? rows : [...rows, ...(await this.scope('user', `u:${ukey}`, ofUser))];
  }

  private async scope(scope: LimitScope, key: string, limits: ScopeLimits): Promise<Standing[]> {
    const base = this.redis.keys.usage;
    const [day, month, starts, now] = await this.redis.attempt(async (client) => {
      const time = await client.time();
      const now = Number(time[0]) * 1_000 + Math.floor(Number(time[1]) / 1_000);
      const today = dayOf(now);
      const window = `${base}w:${key}`;
      return Promise.all([
        client.hgetall(`${base}d:${today}:${key}`),
        client.hgetall(`${base}m:${today.slice(0, 7)}:${key}`),
        Promise.all([
          client.zcount(window, `(${now - WINDOW.widthMs}`, now),
          client.zcount(window, `(${now}`, '+inf'),
        ]),
        now,
      ]);
    });
    const number = (of: Record<string, string>, name: string): number => Number(of[name] ?? 0);
    const max = maximaOf(limits);
    const money = (limit: LimitName, of: Record<string, string>, resets: number): Standing => ({
      scope,
      limit,
      max: max[limit],
      used: number(of, 'cost') / NANO,
      held: number(of, 'held_cost') / NANO,
      resets_at: new Date(resets).toISOString(),
    });
    return [
      {
        scope,
        limit: 'requests_per_minute',
        max: max.requests_per_minute,
        used: starts[0],
        held: starts[1],
      },
      {
        scope,
        limit: 'tokens_per_day',
        max: max.tokens_per_day,
        used: number(day, 'used'),
        held: number(day, 'held'),
        resets_at: new Date(nextDay(now)).toISOString(),
      },
      money('usd_per_day', day, nextDay(now)),
      money('usd_per_month', month, nextMonth(now)),
    ];
  }
}
