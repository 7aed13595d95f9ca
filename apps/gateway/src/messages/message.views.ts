// What the message routes answer, as documented.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { RUN_STATUSES, type RunStatus } from '#contracts';
import { RunResultView } from '../runs/run.views.js';

export class AcceptedView {
  @ApiProperty({ format: 'uuid' })
  run_id!: string;
  @ApiProperty()
  message_id!: string;
  @ApiProperty({ enum: RUN_STATUSES })
  status!: RunStatus;
  @ApiProperty({
    description: '`epoch:offset`: subscribe from here to miss nothing of the answer.',
    example: '1.1:0',
  })
  cursor!: string;
  @ApiProperty({ description: 'The same message was sent before; this is its run.' })
  duplicate!: boolean;
  @ApiPropertyOptional({ type: RunResultView, description: 'Only for a duplicate whose run has ended.' })
  result?: RunResultView;
}

export class MessageView {
  @ApiProperty()
  id!: string;
  @ApiProperty({ enum: ['user', 'assistant'] })
  role!: 'user' | 'assistant';
  @ApiProperty()
  text!: string;
  @ApiProperty()
  message_id!: string;
  @ApiProperty()
  run_id!: string;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class MessagePageView {
  @ApiProperty({ type: [MessageView] })
  items!: MessageView[];
  @ApiPropertyOptional({ description: 'Give it as `after` to read on; absent on the last page.' })
  next?: string;
}
