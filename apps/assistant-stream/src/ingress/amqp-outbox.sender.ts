// The outbox's way out for runs that came with a `reply_to`.
import { Injectable } from '@nestjs/common';
import { AmqpReplies } from '#messaging';
import type { OutboxEntry, OutboxSender } from '#runs';

@Injectable()
export class AmqpOutboxSender implements OutboxSender {
  readonly kind = 'amqp';

  constructor(private readonly replies: AmqpReplies) {}

  async send({ run_id, reply, frame }: OutboxEntry): Promise<void> {
    if (reply.kind !== this.kind) return;
    await this.replies.send({ ...reply, message_id: run_id, body: frame });
  }
}
