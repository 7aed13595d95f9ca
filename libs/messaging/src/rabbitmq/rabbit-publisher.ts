// Publishes with confirms, many in flight. Resolved means that the broker has it on disk; a message that was in
// flight when the connection broke is sent again, so receivers may see it twice with the same message id.
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { ChannelWrapper } from 'amqp-connection-manager';
import type { ConfirmChannel, Message } from 'amqplib';
import { ParleyError } from '#contracts';
import { assertTopology } from './topology.js';
import { RabbitLink } from './rabbit-link.js';

export interface OutgoingMessage {
  /** Empty for the default exchange: the routing key then names a queue. */
  exchange: string;
  routingKey: string;
  body: Buffer;
  /** Constant over repeats of the same message; also tells returned messages apart. */
  messageId: string;
  correlationId?: string;
  contentType?: string;
  priority?: number;
  headers?: Record<string, unknown>;
  /** Ask to be told when no queue takes it. Not for `amq.rabbitmq.reply-to.*`, which is no queue. */
  mandatory?: boolean;
}

/** Without a confirm after this long the outcome is unknown. */
const CONFIRM_TIMEOUT_MS = 15_000;

@Injectable()
export class RabbitPublisher implements BeforeApplicationShutdown {
  private wrapper: ChannelWrapper | undefined;
  private readonly returned = new Set<string>();
  private closing = false;

  constructor(private readonly link: RabbitLink) {}

  /**
   * @returns `unroutable` when it was mandatory and no queue took it
   * @throws ParleyError `state_unavailable`: refused, or not confirmed in time (then it may have arrived)
   */
  async publish(message: OutgoingMessage): Promise<'routed' | 'unroutable'> {
    const { exchange, routingKey, body, headers, priority, messageId, mandatory = false } = message;
    try {
      await this.channel.publish(exchange, routingKey, body, {
        persistent: true,
        mandatory,
        messageId,
        contentType: message.contentType ?? 'application/json',
        ...(message.correlationId !== undefined && { correlationId: message.correlationId }),
        ...(priority !== undefined && { priority }),
        ...(headers !== undefined && { headers }),
      });
    } catch (cause) {
      throw new ParleyError('state_unavailable', 'unable to publish to RabbitMQ; not confirmed', { cause });
    }
    // The broker returns a message before it confirms it.
    return this.returned.delete(messageId) ? 'unroutable' : 'routed';
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closing = true;
  }

  private get channel(): ChannelWrapper {
    this.wrapper ??= this.open();
    return this.wrapper;
  }

  private open(): ChannelWrapper {
    const wrapper = this.link.manager.createChannel({
      publishTimeout: CONFIRM_TIMEOUT_MS,
      setup: async (channel: ConfirmChannel) => {
        channel.on('return', (message: Message) => {
          this.returned.add(String(message.properties.messageId));
        });
        channel.once('close', () => this.reviveAfterChannelError());
        await assertTopology(channel, this.link.config);
      },
    });
    // Each publish reports its own failure; the connection's state is read from the link.
    wrapper.on('error', () => undefined);
    return wrapper;
  }

  /** The library opens a new channel only with a new connection; an exchange deleted under us closes just the channel. */
  private reviveAfterChannelError(): void {
    setTimeout(() => {
      if (!this.closing && this.link.connected) this.link.manager.reconnect();
    }, 250).unref();
  }
}
