// A channel's thread as REST clients see it.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { RunView } from '../runs/run.views.js';

export class ChannelView {
  @ApiProperty()
  channel!: string;
  @ApiProperty({ description: 'The conversation; a new one after its expiry.' })
  thread_id!: string;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
  @ApiProperty({ format: 'date-time' })
  last_message_at!: string;
  @ApiProperty()
  message_count!: number;
  @ApiPropertyOptional({
    type: RunView,
    description: 'The run at the head of the channel, while there is one.',
  })
  current_run?: RunView;
}
