// The connection on which we publish and look after queues; apart from the consumer's, because a broker that
// blocks publishers blocks whole connections. Connects at first use and again after every loss.
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { connect, type AmqpConnectionManager } from 'amqp-connection-manager';
import type { ConfirmChannel } from 'amqplib';
import { RabbitConfig } from '#config';
import { ParleyError } from '#contracts';
import { atMost, CLOSE_MS, closeChannel } from '../at-most.js';

/** How long an operation waits for a connection. */
const CONNECT_WAIT_MS = 5_000;

@Injectable()
export class RabbitLink implements OnApplicationShutdown {
  private opened: AmqpConnectionManager | undefined;

  constructor(readonly config: RabbitConfig) {}

  get manager(): AmqpConnectionManager {
    this.opened ??= connect([this.config.url], {
      heartbeatIntervalInSeconds: this.config.heartbeatSeconds,
      reconnectTimeInSeconds: this.config.reconnectSeconds,
    });
    return this.opened;
  }

  get connected(): boolean {
    return this.opened?.isConnected() ?? false;
  }

  /**
   * Runs `use` on a channel of its own that is closed afterwards; deliveries not acknowledged by then go back
   * to where they were.
   * @throws ParleyError `state_unavailable` when the broker is out of reach
   */
  async withChannel<T>(use: (channel: ConfirmChannel) => Promise<T>): Promise<T> {
    const channel = await this.open();
    // The operation that caused an error gets it as its own rejection.
    channel.on('error', () => undefined);
    try {
      return await use(channel);
    } finally {
      // Closed by the broker already if it was the cause of the error.
      await closeChannel(channel);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await atMost(CLOSE_MS, this.opened?.close());
  }

  private async open(): Promise<ConfirmChannel> {
    try {
      const { manager } = this;
      if (!manager.isConnected()) await connected(manager);
      return await manager.connection!.createConfirmChannel();
    } catch (cause) {
      throw new ParleyError('state_unavailable', 'unable to reach RabbitMQ; no connection', { cause });
    }
  }
}

function connected(manager: AmqpConnectionManager): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      manager.removeListener('connect', done);
      reject(new Error(`not connected after ${CONNECT_WAIT_MS} ms`));
    }, CONNECT_WAIT_MS);
    manager.once('connect', done);
  });
}
