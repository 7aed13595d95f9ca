// When the current assistant of a purpose was refreshed, and when it is due again. Shared by all replicas, on Redis' clock.
import { Injectable } from '@nestjs/common';
import { AssistantsConfig } from '#config';
import { newId } from '#contracts';
import { StateRedis, type Script, type ScriptArgument } from '#redis';
import { toAssistant, type Assistant, type RecordReply } from '../assistant-record.js';
import { REFRESH, REFRESH_STATE, SET_INTERVAL, VERIFIED } from '../scripts/refresh.lua.js';
import type { AssistantSettings } from '../settings/assistant-settings.js';

export interface ManagerStatus {
  assistant_id?: string;
  /** UTC ms. */
  last_refresh?: number;
  interval_ms: number;
  needs_refresh: boolean;
}

export interface Renewal {
  assistant: Assistant;
  /** False when another caller was first, or when it was not due. */
  made: boolean;
  previous?: string;
}

export interface RenewalRequest {
  /** The id that was current when the caller looked; undefined = none; `any` = whatever is. */
  seen: string | undefined | 'any';
  /** Also before its time. */
  forced: boolean;
  /** Instead of those of the current one. */
  settings?: AssistantSettings;
  /** These settings are another's with some fields changed: whose they are says nothing of the new one. */
  copied?: boolean;
  /** Where there is no current one. */
  fallback: AssistantSettings;
  by: string;
}

@Injectable()
export class RefreshState {
  constructor(
    private readonly redis: StateRedis,
    private readonly config: AssistantsConfig,
  ) {}

  async status(tenant: string, purpose: string): Promise<ManagerStatus> {
    const args = [purpose, this.config.refreshIntervalMs];
    const [id, last, interval, due] = await this.run<[string, string, number, 0 | 1]>(
      REFRESH_STATE,
      tenant,
      args,
    );
    return {
      ...(id !== '' && { assistant_id: id }),
      ...(last !== '' && { last_refresh: Number(last) }),
      interval_ms: interval,
      needs_refresh: due === 1,
    };
  }

  /** One script decides, so that parallel callers everywhere make one. */
  async renew(tenant: string, purpose: string, request: RenewalRequest): Promise<Renewal> {
    const { seen, forced, settings, copied = false, fallback, by } = request;
    const args = [
      purpose,
      newId('asst'),
      seen === 'any' ? '*' : (seen ?? ''),
      forced ? '1' : '0',
      this.config.refreshIntervalMs,
      settings === undefined ? '' : JSON.stringify(settings),
      JSON.stringify(fallback),
      by,
      copied ? '1' : '0',
    ];
    const [made, previous, record] = await this.run<[0 | 1, string, RecordReply]>(REFRESH, tenant, args);
    return {
      assistant: toAssistant(record),
      made: made === 1,
      ...(previous !== '' && { previous }),
    };
  }

  /** @returns whether it still is the current one */
  async verified(tenant: string, purpose: string, id: string): Promise<boolean> {
    return (await this.run<number>(VERIFIED, tenant, [purpose, id])) === 1;
  }

  /** @param ms 0 = always due */
  async setInterval(tenant: string, ms: number): Promise<void> {
    await this.run(SET_INTERVAL, tenant, [ms]);
  }

  /** What the schedule looks after: purposes that were refreshed before, or whose tenant has set an interval. */
  async managed(): Promise<{ tenant: string; purpose: string }[]> {
    const base = this.redis.keys.assistants;
    const tenants = await this.redis.attempt((client) => client.smembers(`${base}refreshed`));
    const fields = await Promise.all(
      tenants.map((tenant) => this.redis.attempt((client) => client.hkeys(`${base}refresh:${tenant}`))),
    );
    return tenants.flatMap((tenant, i) => {
      const purposes = fields[i]!.map((name) =>
        name === 'interval' ? 'default' : name.slice('last:'.length),
      );
      return [...new Set(purposes)].map((purpose) => ({ tenant, purpose }));
    });
  }

  private run<T>(script: Script, tenant: string, args: readonly ScriptArgument[]): Promise<T> {
    const { keys } = this.redis;
    return this.redis.run<T>(script, [keys.assistantId], [keys.assistants, tenant, ...args]);
  }
}
