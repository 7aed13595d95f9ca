// Error frames for messages that never became a run: shown to whoever listens on the channel now, kept nowhere.
import { Injectable } from '@nestjs/common';
import { ERRORS, type ChannelRef, type ErrorCode, type Frame } from '#contracts';
import { StateRedis } from '#redis';

/** What travels on the relay topic: a payload for the subscribers of one channel. */
export interface Relayed {
  tenant: string;
  channel: string;
  payload: unknown;
}

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
    await this.relay({ ...ref, payload });
  }

  async relay(relayed: Relayed): Promise<void> {
    await this.redis.attempt((client) => client.publish(this.redis.keys.relay, JSON.stringify(relayed)));
  }
}
