// Error frames for messages that never became a run: shown to whoever listens on the channel now, kept nowhere.
import { Injectable } from '@nestjs/common';
import { channelKey, ERRORS, type ChannelRef, type ErrorCode, type Frame } from '#contracts';
import { StateRedis } from '#redis';

export type Notice = Omit<Frame, 'run_id' | 'epoch' | 'offset' | 'attempt'>;

@Injectable()
export class Notices {
  constructor(private readonly redis: StateRedis) {}

  async publish(ref: ChannelRef, messageId: string, code: ErrorCode): Promise<void> {
    const payload: Notice = {
      message: ERRORS[code].text,
      timestamp: Date.now() / 1000,
      status: 'error',
      type: 'error',
      final_message: true,
      message_id: messageId,
      thread_id: null,
      error_details: code,
      channel: ref.channel,
    };
    // As the relay of delivery reads it: the channel's key, a space, the payload.
    const message = `${channelKey(ref)} ${JSON.stringify(payload)}`;
    await this.redis.attempt((client) => client.publish(this.redis.keys.relay, message));
  }
}
