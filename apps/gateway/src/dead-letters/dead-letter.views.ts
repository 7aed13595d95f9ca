// Dead letters as administrators see them; the one place where REST shows a message's text to somebody else.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ERRORS, type ErrorCode } from '#contracts';

export class DeadLetterView {
  @ApiProperty()
  id!: string;
  @ApiProperty({ format: 'uuid' })
  run_id!: string;
  @ApiProperty()
  channel!: string;
  @ApiProperty()
  message_id!: string;
  @ApiProperty({ enum: Object.keys(ERRORS) })
  reason!: ErrorCode;
  @ApiProperty({ description: 'For operators; without content.' })
  detail!: string;
  @ApiProperty()
  attempts!: number;
  @ApiProperty({ description: 'How often it was replayed as new.' })
  generation!: number;
  @ApiProperty()
  source!: string;
  @ApiProperty({ format: 'date-time' })
  at!: string;
  @ApiPropertyOptional({ description: 'Only when one is asked for.' })
  message?: string;
}

export class DeadLetterPageView {
  @ApiProperty({ type: [DeadLetterView] })
  items!: DeadLetterView[];
  @ApiPropertyOptional()
  next?: string;
}
