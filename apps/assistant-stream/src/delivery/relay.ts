// Frames that an outside publisher wants a channel's subscribers to see, on every replica. Passed on, not
// kept: they have no offset and are not part of the log.
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { channelKey, type ChannelRef } from '#contracts';
import { StateRedis } from '#redis';
import { Broadcasts } from './broadcasts.js';

@Injectable()
export class Relay implements OnModuleInit, OnApplicationShutdown {
  private subscriber: Redis | undefined;

  constructor(
    private readonly redis: StateRedis,
    private readonly broadcasts: Broadcasts,
  ) {}

  onModuleInit(): void {
    const subscriber = (this.subscriber = this.redis.duplicate());
    const { relay } = this.redis.keys;
    subscriber.on('message', (_topic: string, message: string) => this.take(message));
    subscriber.on('ready', () => void subscriber.subscribe(relay).catch(() => undefined));
  }

  /** @throws ParleyError `state_unavailable` */
  async publish(ref: ChannelRef, payload: Record<string, unknown>): Promise<void> {
    const message = `${channelKey(ref)} ${JSON.stringify(payload)}`;
    await this.redis.attempt((client) => client.publish(this.redis.keys.relay, message));
  }

  async onApplicationShutdown(): Promise<void> {
    this.subscriber?.disconnect();
  }

  private take(message: string): void {
    const space = message.indexOf(' ');
    this.broadcasts.find(message.slice(0, space))?.relay(message.slice(space + 1));
  }
}
