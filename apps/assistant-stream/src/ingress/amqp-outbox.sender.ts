// The outbox's way out for runs that came with a `reply_to`.
import { Injectable, Logger } from '@nestjs/common';
import { AmqpReplies } from '#messaging';
import { oneByOne, type OutboxEntry, type OutboxSender, type OutboxWay } from '#runs';

@Injectable()
export class AmqpOutboxSender implements OutboxSender {
  readonly kind = 'amqp';
  private readonly logger = new Logger(AmqpOutboxSender.name);

  constructor(private readonly replies: AmqpReplies) {}

  open(): Promise<OutboxWay> {
    const unsent = ({ id }: OutboxEntry, err: unknown): void =>
      this.logger.warn({ err, entry_id: id }, 'reply not sent; it is tried again');
    return Promise.resolve(oneByOne((entry) => this.send(entry), unsent));
  }

  private async send(entry: OutboxEntry): Promise<void> {
    // What this door refuses it answers or sets aside itself.
    if (entry.reply.kind !== this.kind || 'refusal' in entry) return;
    await this.replies.send({ ...entry.reply, message_id: entry.run_id, body: entry.frame });
  }
}
