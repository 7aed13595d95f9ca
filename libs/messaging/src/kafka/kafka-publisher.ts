// Writes records that must not get lost: acknowledged by all in-sync replicas, idempotent inside a producer's life.
// After a fault the producer is replaced, so a record in doubt may be written twice: at least once, same key.
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ProduceAcks, Producer } from '@platformatic/kafka';
import { KafkaConfig } from '#config';
import { ParleyError } from '#contracts';

export interface OutgoingRecord {
  topic: string;
  key: Buffer | undefined;
  value: Buffer | undefined;
  headers?: Record<string, string>;
}

type BufferProducer = Producer<Buffer, Buffer, Buffer, Buffer>;

const SEND_MS = 15_000;

@Injectable()
export class KafkaPublisher implements OnApplicationShutdown {
  private producer: BufferProducer | undefined;

  constructor(private readonly config: KafkaConfig) {}

  /** @throws ParleyError `state_unavailable`: not acknowledged; it may have been written */
  async send({ topic, key, value, headers = {} }: OutgoingRecord): Promise<void> {
    const producer = (this.producer ??= this.open());
    try {
      await inTime(
        producer.send({
          acks: ProduceAcks.ALL,
          messages: [
            {
              topic,
              ...(key && { key }),
              ...(value && { value }),
              headers: new Map(
                Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)]),
              ),
            },
          ],
        }),
      );
    } catch (cause) {
      if (this.producer === producer) this.producer = undefined;
      void close(producer);
      throw new ParleyError('state_unavailable', 'unable to write to Kafka; not acknowledged', { cause });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.producer) await close(this.producer);
  }

  private open(): BufferProducer {
    return new Producer({
      clientId: 'parley',
      bootstrapBrokers: this.config.brokers,
      idempotent: true,
      autocreateTopics: true,
      retries: 3,
      timeout: 5_000,
    });
  }
}

async function close(producer: BufferProducer): Promise<void> {
  // A producer whose broker is gone has nothing to say goodbye to.
  await inTime(producer.close()).catch(() => undefined);
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${SEND_MS} ms`)), SEND_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
