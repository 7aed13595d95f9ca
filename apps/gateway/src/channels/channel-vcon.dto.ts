// What begins a thread from a vCon, and what came of it.
import { ApiProperty } from '@nestjs/swagger';
import { ChannelName } from '#contracts';

export class StartThreadDto {
  @ApiProperty({ example: 'demo', description: 'A channel without a thread.' })
  @ChannelName()
  channel!: string;
}

export class StartedThreadView {
  @ApiProperty()
  channel!: string;
  @ApiProperty()
  thread_id!: string;
  @ApiProperty({ description: 'Text dialogs that the thread begins with.' })
  turns!: number;
  @ApiProperty({ description: 'Older ones that were left out, because no context would hold them.' })
  left_out!: number;
}
