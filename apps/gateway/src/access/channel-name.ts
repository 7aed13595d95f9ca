// The channel of a request's path: any well-formed, non-empty text of bounded length.
import { IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { LIMITS, WellFormed, validate } from '#contracts';

class ChannelName {
  @IsString()
  @IsNotEmpty()
  @MaxLength(LIMITS.channel_chars)
  @WellFormed()
  channel!: string;
}

/** @throws ParleyError `invalid_request` */
export const channelName = (channel: unknown): string => validate(ChannelName, { channel }).channel;
