// Messages of RabbitMQ's failed queue as administrators see them.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class FailedMessageView {
  @ApiProperty()
  id!: string;
  @ApiProperty({ description: 'Our error code, or the reason of the broker: expired, rejected, maxlen.' })
  reason!: string;
  @ApiPropertyOptional()
  error?: string;
  @ApiPropertyOptional({ format: 'date-time' })
  at?: string;
  @ApiProperty()
  source!: string;
  @ApiProperty()
  bytes!: number;
  @ApiProperty()
  replays!: number;
  @ApiPropertyOptional()
  channel?: string;
  @ApiPropertyOptional()
  message_id?: string;
}

export class FailedPageView {
  @ApiProperty({ type: [FailedMessageView] })
  items!: FailedMessageView[];
  @ApiProperty({ description: 'In the whole queue.' })
  total!: number;
}

export class CountView {
  @ApiProperty()
  count!: number;
}
