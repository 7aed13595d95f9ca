// How much may be used, by the whole service, by a tenant and by a user; what it costs; how long it is remembered.
import { IsInt, IsNumber, IsString, Max, Min } from 'class-validator';
import { Env } from '../env.js';

/** What one scope may use; 0 = no limit. */
export interface ScopeLimits {
  /** Starts in any minute. */
  requestsPerMinute: number;
  /** Input and output together, from midnight to midnight UTC. */
  tokensPerDay: number;
  /** US dollars. */
  dailyBudget: number;
  monthlyBudget: number;
}

export class LimitsConfig {
  @Env(
    'REQUESTS_PER_MINUTE',
    'GPT requests that all replicas together start in any 60 seconds; what is more waits. This and all limits below: 0 = none.',
  )
  @IsInt()
  @Min(0)
  @Max(100_000)
  requestsPerMinute: number = 60;

  @Env(
    'DAILY_TOKEN_LIMIT',
    'Tokens that GPT requests may use from midnight to midnight UTC, all replicas together; what is more is refused.',
  )
  @IsInt()
  @Min(0)
  dailyTokens: number = 1_000_000;

  @Env('DAILY_BUDGET_USD', 'US dollars that GPT requests may cost in a day (UTC).')
  @IsNumber()
  @Min(0)
  dailyBudget: number = 0;

  @Env('MONTHLY_BUDGET_USD', 'US dollars that GPT requests may cost in a calendar month (UTC).')
  @IsNumber()
  @Min(0)
  monthlyBudget: number = 0;

  @Env('TENANT_REQUESTS_PER_MINUTE', 'The same as `REQUESTS_PER_MINUTE`, for each tenant.')
  @IsInt()
  @Min(0)
  @Max(100_000)
  tenantRequestsPerMinute: number = 0;

  @Env('TENANT_DAILY_TOKEN_LIMIT', 'The same as `DAILY_TOKEN_LIMIT`, for each tenant.')
  @IsInt()
  @Min(0)
  tenantDailyTokens: number = 0;

  @Env('TENANT_DAILY_BUDGET_USD', 'The same as `DAILY_BUDGET_USD`, for each tenant.')
  @IsNumber()
  @Min(0)
  tenantDailyBudget: number = 0;

  @Env('TENANT_MONTHLY_BUDGET_USD', 'The same as `MONTHLY_BUDGET_USD`, for each tenant.')
  @IsNumber()
  @Min(0)
  tenantMonthlyBudget: number = 0;

  @Env('USER_REQUESTS_PER_MINUTE', 'The same as `REQUESTS_PER_MINUTE`, for each user of a tenant.')
  @IsInt()
  @Min(0)
  @Max(100_000)
  userRequestsPerMinute: number = 0;

  @Env('USER_DAILY_TOKEN_LIMIT', 'The same as `DAILY_TOKEN_LIMIT`, for each user of a tenant.')
  @IsInt()
  @Min(0)
  userDailyTokens: number = 0;

  @Env('USER_DAILY_BUDGET_USD', 'The same as `DAILY_BUDGET_USD`, for each user of a tenant.')
  @IsNumber()
  @Min(0)
  userDailyBudget: number = 0;

  @Env('USER_MONTHLY_BUDGET_USD', 'The same as `MONTHLY_BUDGET_USD`, for each user of a tenant.')
  @IsNumber()
  @Min(0)
  userMonthlyBudget: number = 0;

  @Env(
    'RESERVATION_SECONDS',
    'A reservation that nobody settled or took over for so long counts as used at its full size.',
  )
  @IsInt()
  @Min(10)
  reservationSeconds: number = 900;

  @Env(
    'PRICES_FILE',
    'JSON file with prices that go before the built-in ones: `{"models":{"name":{"input":1,"cached":0.1,"output":5}}}`, US dollars per million tokens, or per `minute` of sound; `*` is for all other models.',
  )
  @IsString()
  pricesFile: string = '';

  @Env('USAGE_RETENTION_DAYS', 'How long the sums of usage by day and by month are kept.')
  @IsInt()
  @Min(1)
  usageDays: number = 400;

  @Env('LEDGER_RETENTION_DAYS', 'How long the single rows of the usage ledger are kept.')
  @IsInt()
  @Min(1)
  ledgerDays: number = 90;

  get service(): ScopeLimits {
    const { requestsPerMinute, dailyTokens: tokensPerDay, dailyBudget, monthlyBudget } = this;
    return { requestsPerMinute, tokensPerDay, dailyBudget, monthlyBudget };
  }

  get tenant(): ScopeLimits {
    return {
      requestsPerMinute: this.tenantRequestsPerMinute,
      tokensPerDay: this.tenantDailyTokens,
      dailyBudget: this.tenantDailyBudget,
      monthlyBudget: this.tenantMonthlyBudget,
    };
  }

  get user(): ScopeLimits {
    return {
      requestsPerMinute: this.userRequestsPerMinute,
      tokensPerDay: this.userDailyTokens,
      dailyBudget: this.userDailyBudget,
      monthlyBudget: this.userMonthlyBudget,
    };
  }
}
