// The ledger: a row for each call of the provider, as it was settled. Rows are only added, erased for a user, or trimmed by age.
import { Injectable } from '@nestjs/common';
import { LimitsConfig } from '#config';
import { ParleyError, userKey, userName } from '#contracts';
import { StateRedis, toFields } from '#redis';
import { NANO } from '../prices/prices.js';
import type { SettleOutcome } from '../limits/reservation.js';
import { readRange } from './periods.js';

export interface LedgerRow {
  /** Of the row; also a cursor. */
  row: string;
  /** Of the call: run and round. */
  id: string;
  /** ISO time of the call. */
  at: string;
  /** '' = none. */
  user: string;
  model: string;
  assistant: string;
  outcome: SettleOutcome;
  source: string;
  kind: string;
  input_tokens: number;
  output_tokens: number;
  cached_tokens: number;
  reasoning_tokens: number;
  /** Null when the price is unknown. */
  cost_usd: number | null;
  /** Nobody said what it used: it counts at its reserved size. */
  estimated: boolean;
  provider_request_id: string;
  response_id: string;
}

export interface LedgerQuery {
  tenant: string;
  /** Days on which the rows were written. */
  from?: string | undefined;
  to?: string | undefined;
  limit: number;
  cursor?: string | undefined;
  order?: 'asc' | 'desc';
}

export interface LedgerPage {
  items: LedgerRow[];
  next?: string;
}

const ROW = /^\d{1,15}-\d{1,6}$/;
const DAY_MS = 86_400_000;

@Injectable()
export class UsageLedger {
  constructor(
    private readonly redis: StateRedis,
    private readonly config: LimitsConfig,
  ) {}

  /** Newest first unless asked otherwise. @throws ParleyError `invalid_request`, `invalid_cursor`, `state_unavailable` */
  async page({ tenant, from, to, limit, cursor, order = 'desc' }: LedgerQuery): Promise<LedgerPage> {
    if (cursor !== undefined && !ROW.test(cursor))
      throw new ParleyError('invalid_cursor', 'unable to read ledger; not a cursor');
    const oldest = new Date(Date.now() - this.config.ledgerDays * DAY_MS).toISOString().slice(0, 10);
    const range = readRange(from ?? (to === undefined || to > oldest ? oldest : to), to, Date.now());
    const [first, last] = [String(Date.parse(range.from)), String(Date.parse(range.to) + DAY_MS - 1)];
    const rows = await this.redis.attempt((client) =>
      order === 'asc'
        ? client.xrange(this.key(tenant), cursor ? `(${cursor}` : first, last, 'COUNT', limit + 1)
        : client.xrevrange(this.key(tenant), cursor ? `(${cursor}` : last, first, 'COUNT', limit + 1),
    );
    const items = rows.slice(0, limit).map(toRow);
    return { items, ...(rows.length > limit && { next: items.at(-1)!.row }) };
  }

  /** All rows of a user, oldest first. */
  async ofUser(tenant: string, user: string): Promise<LedgerRow[]> {
    const ids = await this.rowIds(tenant, user);
    const rows: LedgerRow[] = [];
    for (let i = 0; i < ids.length; i += 256) {
      const chunk = ids.slice(i, i + 256);
      const found = await this.redis.attempt((client) =>
        Promise.all(chunk.map((id) => client.xrange(this.key(tenant), id, id))),
      );
      rows.push(...found.flat().map(toRow));
    }
    return rows;
  }

  /** @returns how many rows were erased */
  async eraseUser(tenant: string, user: string): Promise<number> {
    const ids = await this.rowIds(tenant, user);
    let erased = 0;
    for (let i = 0; i < ids.length; i += 256) {
      const chunk = ids.slice(i, i + 256);
      erased += await this.redis.attempt((client) => client.xdel(this.key(tenant), ...chunk));
      await this.redis.attempt((client) => client.zrem(this.rowsKey(tenant, user), ...chunk));
    }
    return erased;
  }

  /** Removes rows that are older than LEDGER_RETENTION_DAYS. @returns how many */
  async trim(tenants: readonly string[]): Promise<number> {
    const oldest = Date.now() - this.config.ledgerDays * DAY_MS;
    let trimmed = 0;
    for (const tenant of tenants)
      trimmed += await this.redis.attempt((client) => client.xtrim(this.key(tenant), 'MINID', oldest));
    return trimmed;
  }

  private rowIds(tenant: string, user: string): Promise<string[]> {
    return this.redis.attempt((client) => client.zrange(this.rowsKey(tenant, user), '0', '-1'));
  }

  private key(tenant: string): string {
    return `${this.redis.keys.usage}ledger:${tenant}`;
  }

  private rowsKey(tenant: string, user: string): string {
    return `${this.redis.keys.usage}rows:${userKey(tenant, userName(user))}`;
  }
}

function toRow([row, flat]: [string, string[]]): LedgerRow {
  const of = toFields(flat);
  return {
    row,
    id: of['id']!,
    at: new Date(Number(of['at'])).toISOString(),
    user: of['user']!,
    model: of['model']!,
    assistant: of['assistant']!,
    outcome: of['outcome'] as SettleOutcome,
    source: of['source']!,
    kind: of['kind']!,
    input_tokens: Number(of['input']),
    output_tokens: Number(of['output']),
    cached_tokens: Number(of['cached']),
    reasoning_tokens: Number(of['reasoning']),
    cost_usd: of['cost'] === '' ? null : Number(of['cost']) / NANO,
    estimated: of['estimated'] === '1',
    provider_request_id: of['request']!,
    response_id: of['response']!,
  };
}
