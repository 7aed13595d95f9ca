// A foreign producer on RabbitMQ: publishes with confirms, connects again after every loss, and says "unknown"
// when the connection went before the confirm came. Also reads the queues that a test owns.
import { setTimeout as delay } from 'node:timers/promises';
import {
  connect,
  type ChannelModel,
  type ConfirmChannel,
  type ConsumeMessage,
  type GetMessage,
  type Options,
} from 'amqplib';
import type { RabbitNames } from '../rig/rig.js';

export class RabbitProducer {
  private connecting: Promise<ConfirmChannel> | undefined;
  private connection: ChannelModel | undefined;
  private closed = false;

  constructor(
    private readonly url: string,
    readonly names: RabbitNames,
  ) {}

  /** @returns whether the broker confirmed it; false = unknown */
  async publish(body: Buffer, options: Options.Publish = {}): Promise<boolean> {
    let channel: ConfirmChannel;
    try {
      channel = await this.channel();
    } catch {
      // The broker is away; nothing was sent, which the caller need not tell from an unknown outcome.
      await delay(200);
      return false;
    }
    const { exchange, routingKey } = this.names;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), 8_000);
      const settle = (ok: boolean): void => {
        clearTimeout(timer);
        resolve(ok);
      };
      channel.once('close', () => settle(false));
      try {
        channel.publish(exchange, routingKey, body, { deliveryMode: 2, ...options }, (error: unknown) =>
          settle(!error),
        );
      } catch {
        settle(false);
      }
    });
  }

  /** Hears replies on a queue that outlives connections; `take` may see one twice. */
  async listen(queue: string, take: (message: ConsumeMessage) => void): Promise<void> {
    while (!this.closed) {
      try {
        const channel = await this.channel();
        const lost = new Promise((resolve) => channel.once('close', resolve));
        await channel.assertQueue(queue, { durable: true });
        await channel.consume(queue, (message) => {
          if (!message) return;
          take(message);
          channel.ack(message);
        });
        await lost;
      } catch {
        // Away; asked again until the rig closes.
      }
      await delay(200);
    }
  }

  async count(queue: string): Promise<number> {
    return (await (await this.channel()).checkQueue(queue)).messageCount;
  }

  async drain(queue: string): Promise<GetMessage[]> {
    const channel = await this.channel();
    const messages: GetMessage[] = [];
    for (;;) {
      const message = await channel.get(queue, { noAck: true });
      if (!message) return messages;
      messages.push(message);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.connection?.close().catch(() => undefined);
  }

  private channel(): Promise<ConfirmChannel> {
    return (this.connecting ??= this.open().catch((error: unknown) => {
      this.connecting = undefined;
      throw error;
    }));
  }

  private async open(): Promise<ConfirmChannel> {
    const connection = await connect(this.url, { timeout: 5_000 });
    this.connection = connection;
    const forget = (): void => {
      if (this.connection === connection) this.connecting = undefined;
    };
    connection.on('error', forget).on('close', forget);
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => void connection.close().catch(forget)).on('close', forget);
    channel.setMaxListeners(0);
    return channel;
  }
}
