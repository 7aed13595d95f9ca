// Writes records that must not get lost: acknowledged by all in-sync replicas, at least once, same key. Not idempotent:
// the driver gives numbers out anew after a lost answer, and the broker takes what follows for a repeat and drops it.
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ProduceAcks, Producer } from '@platformatic/kafka';
import { KafkaConfig } from '#config';
import { ParleyError } from '#contracts';
import { atMost, inTime } from '../at-most.js';
import { clientOptions } from './client-options.js';
import { isTooLarge } from './error-ids.js';
import { toProduced, type OutgoingRecord } from './kafka-record.js';

type BufferProducer = Producer<Buffer, Buffer, Buffer, Buffer>;

const SEND_MS = 15_000;

@Injectable()
export class KafkaPublisher implements OnApplicationShutdown {
  private producer: BufferProducer | undefined;

  constructor(private readonly config: KafkaConfig) {}

  /**
   * @throws ParleyError `too_large`: the topic does not take it; `state_unavailable`: not acknowledged, it may have
   * been written
   */
  async send(record: OutgoingRecord): Promise<void> {
    const producer = (this.producer ??= new Producer(clientOptions(this.config)));
    try {
      await inTime(SEND_MS, producer.send({ acks: ProduceAcks.ALL, messages: [toProduced(record)] }));
    } catch (cause) {
      if (isTooLarge(cause))
        throw new ParleyError('too_large', 'unable to write to Kafka; the topic takes less', { cause });
      if (this.producer === producer) this.producer = undefined;
      void atMost(SEND_MS, producer.close());
      throw new ParleyError('state_unavailable', 'unable to write to Kafka; not acknowledged', { cause });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await atMost(SEND_MS, this.producer?.close());
  }
}
