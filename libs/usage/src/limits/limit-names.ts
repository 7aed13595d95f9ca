// What a limit is called wherever one is shown: in reports, on the command line and in metrics.
import type { ScopeLimits } from '#config';

export type LimitScope = 'service' | 'tenant' | 'user';
export type LimitName = 'requests_per_minute' | 'tokens_per_day' | 'usd_per_day' | 'usd_per_month';

/** 0 = no limit. */
export const maximaOf = (limits: ScopeLimits): Record<LimitName, number> => ({
  requests_per_minute: limits.requestsPerMinute,
  tokens_per_day: limits.tokensPerDay,
  usd_per_day: limits.dailyBudget,
  usd_per_month: limits.monthlyBudget,
});
