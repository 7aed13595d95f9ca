// A foreign producer on Kafka: idempotent, in sync with all replicas, one batch after the other, because the driver mixes
// up its numbers where several are on their way; made anew after a fault, because what it said last is then unknown.
import { setTimeout as delay } from 'node:timers/promises';
import { Producer, type MessageToProduce } from '@platformatic/kafka';

type Buffers = Producer<Buffer, Buffer, Buffer, Buffer>;
export type BufferMessage = MessageToProduce<Buffer, Buffer, Buffer, Buffer>;

interface Waiting {
  message: BufferMessage;
  settle(confirmed: boolean): void;
}

/** Under its number, which the broker recognises, for as long as a crash of the broker takes. */
const RETRIES = 60;
const SEND_MS = 90_000;
const CLOSE_MS = 2_000;
const BATCH = 50;

export class KafkaProducer {
  private producer: Buffers | undefined;
  private waiting: Waiting[] = [];
  private sending = false;

  constructor(private readonly brokers: string) {}

  /** In the order of the calls. @returns whether the broker confirmed it; false = unknown */
  send(message: BufferMessage): Promise<boolean> {
    return new Promise((settle) => {
      this.waiting.push({ message, settle });
      if (!this.sending) void this.sendAll();
    });
  }

  async close(): Promise<void> {
    await Promise.race([this.producer?.close().catch(() => undefined), delay(CLOSE_MS)]);
  }

  private async sendAll(): Promise<void> {
    this.sending = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, BATCH);
      const confirmed = await this.sendBatch(batch.map(({ message }) => message));
      for (const { settle } of batch) settle(confirmed);
    }
    this.sending = false;
  }

  private async sendBatch(messages: BufferMessage[]): Promise<boolean> {
    const producer = (this.producer ??= new Producer({
      clientId: 'chaos-producer',
      bootstrapBrokers: [this.brokers],
      idempotent: true,
      acks: -1,
      retries: RETRIES,
      retryDelay: 500,
      timeout: 5_000,
    }));
    try {
      const sent = producer.send({ messages }).then(() => true);
      if (await Promise.race([sent, delay(SEND_MS, false, { ref: false })])) return true;
    } catch {
      // Unknown, as when it was late.
    }
    this.producer = undefined;
    void producer.close().catch(() => undefined);
    await delay(200);
    return false;
  }
}
