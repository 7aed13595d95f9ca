// Usage, ledger and limits as REST clients see them.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { LedgerRow, Standing, UsageCounts, UsageRow } from '#usage';

export class UsageRowView implements UsageCounts {
  @ApiPropertyOptional({ description: 'Only where all tenants were asked for.' })
  tenant?: string;
  @ApiProperty({ description: 'The user, model, day, … that the row is about; empty = none.' })
  name!: string;
  @ApiProperty({ description: 'Settled calls of the provider; the next four add up to it.' })
  requests!: number;
  @ApiProperty()
  completed!: number;
  @ApiProperty()
  failed!: number;
  @ApiProperty()
  cancelled!: number;
  @ApiProperty({ description: 'Nobody came back to say.' })
  unknown!: number;
  @ApiProperty()
  input_tokens!: number;
  @ApiProperty()
  output_tokens!: number;
  @ApiProperty()
  total_tokens!: number;
  @ApiProperty({ description: 'Of the input.' })
  cached_tokens!: number;
  @ApiProperty({ description: 'Of the output.' })
  reasoning_tokens!: number;
  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'US dollars of the calls whose price is known; null when none is.',
  })
  cost_usd!: number | null;
  @ApiProperty({ description: 'Calls whose price is not known.' })
  unpriced!: number;
  @ApiProperty({ description: 'Calls that count at their reserved size.' })
  estimated!: number;
}

export class UsagePageView {
  @ApiProperty({ description: 'First day, UTC.' })
  from!: string;
  @ApiProperty({ description: 'Last day.' })
  to!: string;
  @ApiProperty({ type: [UsageRowView], description: 'Sorted by name.' })
  items!: UsageRow[];
  @ApiPropertyOptional({ description: 'The `cursor` of the next page; absent on the last.' })
  next?: string;
}

export class LedgerRowView implements LedgerRow {
  @ApiProperty()
  row!: string;
  @ApiProperty({ description: 'Run and round.' })
  id!: string;
  @ApiProperty({ format: 'date-time' })
  at!: string;
  @ApiProperty()
  user!: string;
  @ApiProperty()
  model!: string;
  @ApiProperty()
  assistant!: string;
  @ApiProperty({ enum: ['completed', 'failed', 'cancelled', 'unknown'] })
  outcome!: LedgerRow['outcome'];
  @ApiProperty()
  source!: string;
  @ApiProperty({ example: 'text' })
  kind!: string;
  @ApiProperty()
  input_tokens!: number;
  @ApiProperty()
  output_tokens!: number;
  @ApiProperty()
  cached_tokens!: number;
  @ApiProperty()
  reasoning_tokens!: number;
  @ApiProperty({ type: Number, nullable: true, description: 'Null when the price is unknown.' })
  cost_usd!: number | null;
  @ApiProperty()
  estimated!: boolean;
  @ApiProperty()
  provider_request_id!: string;
  @ApiProperty()
  response_id!: string;
}

export class LedgerPageView {
  @ApiProperty({ type: [LedgerRowView] })
  items!: LedgerRow[];
  @ApiPropertyOptional({ description: 'The `cursor` of the next page; absent on the last.' })
  next?: string;
}

export class StandingView {
  @ApiProperty({ enum: ['service', 'tenant', 'user'] })
  scope!: Standing['scope'];
  @ApiProperty({ enum: ['requests_per_minute', 'tokens_per_day', 'usd_per_day', 'usd_per_month'] })
  limit!: Standing['limit'];
  @ApiProperty({ description: '0 = no limit.' })
  max!: number;
  @ApiPropertyOptional({ description: "Absent for the service where it would tell of other tenants' use." })
  used?: number;
  @ApiPropertyOptional({ description: 'By calls that are not settled yet.' })
  held?: number;
  @ApiPropertyOptional({ format: 'date-time' })
  resets_at?: string;
}

export class LimitsView {
  @ApiProperty({ type: [StandingView] })
  items!: StandingView[];
}
