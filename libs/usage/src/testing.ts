// A usage system of a test's own: real Redis under a random prefix, any environment, as many replicas as wanted.
import { randomBytes } from 'node:crypto';
import { LimitsConfig, loadConfig, RedisConfig } from '#config';
import { StateRedis } from '#redis';
import { Metrics } from '#telemetry';
import { Limits } from './limits/limits.js';
import type { Ask, Settlement } from './limits/reservation.js';
import { Prices } from './prices/prices.js';
import { LimitStanding } from './reports/limit-standing.js';
import { PersonalUsageData } from './reports/personal-usage.js';
import { UsageLedger } from './reports/usage-ledger.js';
import { UsageReports } from './reports/usage-reports.js';
import { UsageUpkeep } from './usage-upkeep.js';

export interface TestUsage {
  redis: StateRedis;
  metrics: Metrics;
  limits: Limits;
  standing: LimitStanding;
  ledger: UsageLedger;
  reports: UsageReports;
  personal: PersonalUsageData;
  upkeep: UsageUpkeep;
  close(): Promise<void>;
}

export const testPrefix = (): string => `test-${randomBytes(6).toString('hex')}:`;

/** One replica. @param env with REDIS_PREFIX of {@link testPrefix} */
export async function openUsage(env: Record<string, string>): Promise<TestUsage> {
  const REDIS_URL = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6390';
  const redis = new StateRedis(loadConfig(RedisConfig, { REDIS_URL, ...env }));
  await redis.ready(5_000);
  const config = loadConfig(LimitsConfig, { REQUESTS_PER_MINUTE: '0', DAILY_TOKEN_LIMIT: '0', ...env });
  const metrics = new Metrics();
  const prices = new Prices(config);
  const ledger = new UsageLedger(redis, config);
  const reports = new UsageReports(redis);
  const limits = new Limits(redis, config, prices, metrics);
  return {
    redis,
    metrics,
    limits,
    ledger,
    reports,
    standing: new LimitStanding(redis, config),
    personal: new PersonalUsageData(redis, ledger),
    upkeep: new UsageUpkeep(redis, ledger, reports, config, prices, metrics),
    close: async () => {
      await limits.onModuleDestroy();
      await redis.close();
    },
  };
}

export async function clearUsage(redis: StateRedis): Promise<void> {
  const keys = await redis.client.keys(`${redis.keys.prefix}*`);
  if (keys.length > 0) await redis.client.unlink(keys);
}

/** 10 tokens of input and 10 of output, at most. */
export const ask = (id: string, over: Partial<Ask> = {}): Ask => ({
  id,
  tenant: 'acme',
  user: 'ada@example.com',
  model: 'gpt-6-luna',
  input_tokens: 10,
  max_output_tokens: 10,
  ...over,
});

export const spent = (input: number, output: number, over: Partial<Settlement> = {}): Settlement => ({
  usage: { input_tokens: input, output_tokens: output, total_tokens: input + output },
  outcome: 'completed',
  model: 'gpt-6-luna',
  tenant: 'acme',
  user: 'ada@example.com',
  source: 'kafka',
  kind: 'text',
  ...over,
});
