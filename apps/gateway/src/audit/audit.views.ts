// The audit log as administrators see it.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { AuditEntry, SealedEntry } from '#auth';

export class AuditEntryView implements AuditEntry {
  @ApiProperty({ description: 'Counted from 1 without a gap.' })
  n!: number;
  @ApiProperty({ format: 'date-time' })
  at!: string;
  @ApiProperty()
  actor!: string;
  @ApiProperty()
  tenant!: string;
  @ApiProperty({ example: 'dead-letter.replay' })
  action!: string;
  @ApiProperty({ description: 'An id; channels by their digest.' })
  object!: string;
  @ApiProperty({ description: '`done`, `denied`, or the code of the error.' })
  outcome!: string;
  @ApiPropertyOptional()
  ip_hash?: string;
  @ApiProperty({ description: 'Binds the entry to all that stand before it.' })
  hash!: string;
}

export class AuditPageView {
  @ApiProperty({ type: [AuditEntryView] })
  items!: AuditEntryView[];
  @ApiPropertyOptional({ description: 'The `after` of the next page; absent on the last.' })
  next?: string;
}

export const toAuditView = ({ n, text, hash }: SealedEntry): AuditEntryView => ({
  ...(JSON.parse(text) as AuditEntry),
  n,
  hash,
});
