// The outbox's way out for requests that came by Kafka. At least once: after a crash between the brokers'
// acknowledgement and the outbox' the same record is written again, under the same key.
import { Injectable } from '@nestjs/common';
import { KafkaPublisher } from '#messaging';
import type { OutboxEntry, OutboxSender } from '#runs';
import { toGptResponse } from './to-gpt-response.js';

@Injectable()
export class KafkaOutboxSender implements OutboxSender {
  readonly kind = 'kafka';

  constructor(private readonly publisher: KafkaPublisher) {}

  async send({ reply, end }: OutboxEntry): Promise<void> {
    if (reply.kind !== this.kind) return;
    await this.publisher.send(toGptResponse(reply, end));
  }
}
