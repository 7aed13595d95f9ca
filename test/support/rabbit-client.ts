// A foreign RabbitMQ client, as producers write them: amqplib, bare JSON, nothing of ours.
import { connect, type ChannelModel, type ConfirmChannel, type GetMessage, type Options } from 'amqplib';

export interface RabbitNames {
  exchange: string;
  queue: string;
  routingKey: string;
}

export class RabbitClient {
  private constructor(
    private readonly connection: ChannelModel,
    readonly channel: ConfirmChannel,
    private readonly names: RabbitNames,
  ) {}

  static async open(url: string, names: RabbitNames): Promise<RabbitClient> {
    const connection = await connect(url);
    connection.on('error', () => undefined);
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => undefined);
    return new RabbitClient(connection, channel, names);
  }

  /** Resolves when the broker has it. `body` is JSON unless it is bytes or text already. */
  async publish(body: unknown, options: Options.Publish = {}): Promise<void> {
    const bytes = Buffer.isBuffer(body)
      ? body
      : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    this.channel.publish(this.names.exchange, this.names.routingKey, bytes, { persistent: true, ...options });
    await this.channel.waitForConfirms();
  }

  /** A private queue for replies, and what arrives there. */
  async replies(): Promise<{
    queue: string;
    next(): Promise<{ body: unknown; properties: GetMessage['properties'] }>;
  }> {
    const { queue } = await this.channel.assertQueue('', { exclusive: true });
    return { queue, next: () => this.take(queue) };
  }

  /** The next message of the failed queue; it is gone from there afterwards. */
  async failed(): Promise<{ body: unknown; properties: GetMessage['properties'] }> {
    return this.take(`${this.names.queue}_failed`);
  }

  async failedCount(): Promise<number> {
    return (await this.channel.checkQueue(`${this.names.queue}_failed`)).messageCount;
  }

  async remove(): Promise<void> {
    const { queue, exchange } = this.names;
    for (const name of [queue, `${queue}_failed`]) await this.channel.deleteQueue(name);
    for (const name of [exchange, `${exchange}_dlx`]) await this.channel.deleteExchange(name);
  }

  async close(): Promise<void> {
    await this.connection.close().catch(() => undefined);
  }

  private async take(queue: string): Promise<{ body: unknown; properties: GetMessage['properties'] }> {
    for (let tries = 0; tries < 400; tries++) {
      const message = await this.channel.get(queue, { noAck: true });
      if (message) return { body: readable(message.content), properties: message.properties };
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`no message in ${queue}`);
  }
}

function readable(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString());
  } catch {
    // What is not JSON is told as text.
    return content.toString();
  }
}
