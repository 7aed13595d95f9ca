// A foreign producer on Kafka: idempotent, in sync with all replicas, made anew after a fault, because what it said
// last is then unknown.
import { Producer, type MessageToProduce } from '@platformatic/kafka';
import { setTimeout as delay } from 'node:timers/promises';

type Buffers = Producer<Buffer, Buffer, Buffer, Buffer>;
export type BufferMessage = MessageToProduce<Buffer, Buffer, Buffer, Buffer>;

const RETRIES = 60;
const SEND_MS = 90_000;
const CLOSE_MS = 2_000;

export class KafkaProducer {
  private producer: Buffers | undefined;

  constructor(private readonly brokers: string) {}

  /** @returns whether the broker confirmed all of them; false = unknown */
  async send(...messages: BufferMessage[]): Promise<boolean> {
    const producer = (this.producer ??= new Producer({
      clientId: 'chaos-producer',
      bootstrapBrokers: [this.brokers],
      idempotent: true,
      acks: -1,
      // Repeats under its sequence, which the broker recognises, for as long as a crash of the broker takes.
      retries: RETRIES,
      retryDelay: 500,
      timeout: 5_000,
    }));
    try {
      const sent = producer.send({ messages }).then(() => true);
      const late = delay(SEND_MS, false, { ref: false });
      if (await Promise.race([sent, late])) return true;
    } catch {
      // Unknown, as when it was late.
    }
    if (this.producer === producer) this.producer = undefined;
    void producer.close().catch(() => undefined);
    await delay(200);
    return false;
  }

  async close(): Promise<void> {
    await Promise.race([this.producer?.close().catch(() => undefined), delay(CLOSE_MS)]);
  }
}
