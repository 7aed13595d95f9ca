// The face of the usage lib: limits before a call, its settlement after it, and what has been used.
export { Limits } from './limits/limits.js';
export type {
  Ask,
  Reservation,
  ReserveAnswer,
  Settled,
  Settlement,
  SettleOutcome,
} from './limits/reservation.js';
export { FEWEST_OUTPUT } from './limits/window.js';
export { estimateTokens, meter, type Meter } from './meter.js';
export { Prices, type BilledUsage } from './prices/prices.js';
export type { UsageCounts } from './reports/counts.js';
export { LimitStanding, type Standing } from './reports/limit-standing.js';
export { PersonalUsageData, type PersonalUsage } from './reports/personal-usage.js';
export { LEDGER_COLUMNS, toCsv, USAGE_COLUMNS } from './reports/to-csv.js';
export { UsageLedger, type LedgerPage, type LedgerQuery, type LedgerRow } from './reports/usage-ledger.js';
export {
  USAGE_BY,
  UsageReports,
  type UsageBy,
  type UsagePage,
  type UsageQuery,
  type UsageRow,
} from './reports/usage-reports.js';
export { EVERYBODY } from './scripts/settle.lua.js';
export { UsageModule } from './usage.module.js';
export { UsageUpkeep } from './usage-upkeep.js';
