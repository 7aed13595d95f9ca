// Sends answers to the queue that a producer named in `reply_to`. At least once, with a constant message id.
import { Injectable, Logger } from '@nestjs/common';
import { RabbitPublisher } from './rabbit-publisher.js';

export interface AmqpReply {
  /** Queue name, checked by `toReplyAddress`. */
  to: string;
  correlation_id?: string;
  /** Constant over repeats, so that receivers can drop the second one. */
  message_id: string;
  body: object;
}

@Injectable()
export class AmqpReplies {
  private readonly logger = new Logger(AmqpReplies.name);

  constructor(private readonly publisher: RabbitPublisher) {}

  /**
   * Resolves after the broker's confirm, also when nobody listens any more: then it is logged and given up.
   * @throws ParleyError `state_unavailable`
   */
  async send({ to, correlation_id, message_id, body }: AmqpReply): Promise<void> {
    const outcome = await this.publisher.publish({
      exchange: '',
      routingKey: to,
      body: Buffer.from(JSON.stringify(body)),
      messageId: message_id,
      // Direct reply-to is no queue, so the broker would return every such message.
      mandatory: !to.startsWith('amq.rabbitmq.reply-to'),
      ...(correlation_id !== undefined && { correlationId: correlation_id }),
    });
    if (outcome === 'unroutable')
      this.logger.warn(`reply ${message_id} was not taken by any queue; its asker is gone`);
  }
}
