// Listens for what concerns workers: channels that became ready and runs that were cancelled. Hints only;
// the worker's own clock covers those that get lost.
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { StateRedis } from '#redis';

@Injectable()
export class WakeUp implements OnApplicationShutdown {
  private subscriber: Redis | undefined;

  constructor(private readonly redis: StateRedis) {}

  listen(onReady: () => void, onCancel: (runId: string) => void): void {
    const shards = this.redis.keys.all();
    const control = new Set(shards.map((shard) => shard.control));
    this.subscriber = this.redis.duplicate();
    this.subscriber.on('message', (topic: string, text: string) => {
      if (control.has(topic)) onCancel(text);
      else onReady();
    });
    // Resubscribes by itself after a reconnect; failures before the first connection are retried there too.
    this.subscriber.subscribe(...shards.map((shard) => shard.wake), ...control).catch(() => undefined);
  }

  onApplicationShutdown(): void {
    this.subscriber?.disconnect();
  }
}
