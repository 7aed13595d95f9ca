// Limits, ledger and reports. Needs the global RedisModule and LimitsConfig; metrics and health where an app has them.
import { Module } from '@nestjs/common';
import { Limits } from './limits/limits.js';
import { Prices } from './prices/prices.js';
import { LimitStanding } from './reports/limit-standing.js';
import { PersonalUsageData } from './reports/personal-usage.js';
import { UsageLedger } from './reports/usage-ledger.js';
import { UsageMetrics } from './reports/usage-metrics.js';
import { UsageReports } from './reports/usage-reports.js';
import { UsageUpkeep } from './usage-upkeep.js';

const PARTS = [Prices, Limits, LimitStanding, PersonalUsageData, UsageLedger, UsageReports, UsageUpkeep];

@Module({ providers: [...PARTS, UsageMetrics], exports: PARTS })
export class UsageModule {}
