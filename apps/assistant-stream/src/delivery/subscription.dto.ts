// What a subscriber may ask for, the same over every door.
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { ChannelName } from '#contracts';

export class SubscriptionDto {
  @ChannelName()
  channel!: string;

  /** `epoch:offset`: go on after it. Over SSE the `Last-Event-ID` header goes first. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  cursor?: string;

  @IsOptional()
  @IsIn(['delta', 'cumulative'])
  format?: 'delta' | 'cumulative';

  /** Only the events of this run. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  run_id?: string;
}
