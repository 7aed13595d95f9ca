// What was used, by whom and for what, from the sums that settlements leave behind.
import { Injectable } from '@nestjs/common';
import { StateRedis } from '#redis';
import { EVERYBODY, type Dimension } from '../scripts/settle.lua.js';
import { addSums, readSum, toCounts, type Sum, type UsageCounts } from './counts.js';
import { pageOf } from './page-token.js';
import { daysOf, monthsOf, periodsOf, readRange, type Range } from './periods.js';

export const USAGE_BY = ['user', 'tenant', 'model', 'assistant', 'kind', 'day', 'month'] as const;
export type UsageBy = (typeof USAGE_BY)[number];

export interface UsageQuery {
  /** {@link EVERYBODY} = all tenants. */
  tenant: string;
  by: UsageBy;
  from?: string | undefined;
  to?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

export interface UsageRow extends UsageCounts {
  /** Of users, models, …: absent when only one tenant was asked for. */
  tenant?: string;
  /** The user, model, day, …; '' = none. */
  name: string;
}

export interface UsagePage extends Range {
  items: UsageRow[];
  /** The `cursor` of the next page; absent on the last. */
  next?: string;
}

/** Keys that are read at a time. */
const CHUNK = 64;

@Injectable()
export class UsageReports {
  constructor(private readonly redis: StateRedis) {}

  /** Sorted by name; only what was used. @throws ParleyError `invalid_request`, `invalid_cursor`, `state_unavailable` */
  async page(query: UsageQuery): Promise<UsagePage> {
    const range = readRange(query.from, query.to, Date.now());
    const rows = await this.rows(query, range);
    rows.sort((a, b) => compare(rowName(a), rowName(b)));
    return { ...range, ...pageOf(rows, rowName, query.limit, query.cursor) };
  }

  /** That have used anything. */
  async tenants(): Promise<string[]> {
    return this.redis.attempt((client) => client.smembers(`${this.redis.keys.usage}tenants`));
  }

  private async rows({ tenant, by }: UsageQuery, range: Range): Promise<UsageRow[]> {
    if (by === 'day') return this.byTime(tenant, daysOf(range));
    if (by === 'month') return this.byTime(tenant, monthsOf(range));
    const all = tenant === EVERYBODY;
    const tenants = all ? await this.tenants() : [tenant];
    const rows: UsageRow[] = [];
    for (const one of tenants) {
      const sums = await this.sums(one, by === 'tenant' ? 'all' : by, periodsOf(range));
      for (const [name, sum] of sums) {
        const counts = toCounts(sum);
        if (by === 'tenant') rows.push({ name: one, ...counts });
        else rows.push({ ...(all && { tenant: one }), name, ...counts });
      }
    }
    return rows;
  }

  private async byTime(tenant: string, periods: string[]): Promise<UsageRow[]> {
    const keys = periods.map((period) => this.key(period, tenant, 'all'));
    const texts = await this.redis.attempt((client) => Promise.all(keys.map((key) => client.hget(key, ''))));
    return periods.flatMap((name, i) => (texts[i] ? [{ name, ...toCounts(readSum(texts[i])) }] : []));
  }

  private async sums(tenant: string, dimension: Dimension, periods: string[]): Promise<Map<string, Sum>> {
    const sums = new Map<string, Sum>();
    for (let i = 0; i < periods.length; i += CHUNK) {
      const keys = periods.slice(i, i + CHUNK).map((period) => this.key(period, tenant, dimension));
      const hashes = await this.redis.attempt((client) =>
        Promise.all(keys.map((key) => client.call('HGETALL', key) as Promise<string[]>)),
      );
      // Flat lists: as an object's member a user called "__proto__" would be lost.
      for (const flat of hashes)
        for (let j = 0; j + 1 < flat.length; j += 2)
          sums.set(flat[j]!, addSums(sums.get(flat[j]!), readSum(flat[j + 1])));
    }
    return sums;
  }

  private key(period: string, tenant: string, dimension: Dimension): string {
    return `${this.redis.keys.usage}sum:${period}:${tenant}:${dimension}`;
  }
}

const rowName = ({ tenant = '', name }: UsageRow): string => `${tenant}\0${name}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
