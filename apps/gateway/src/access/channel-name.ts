// The channel of a request's path, as every door takes it.
import { ChannelName, validate } from '#contracts';

class ChannelPath {
  @ChannelName()
  channel!: string;
}

/** @throws ParleyError `invalid_request` */
export const channelName = (channel: unknown): string => validate(ChannelPath, { channel }).channel;
