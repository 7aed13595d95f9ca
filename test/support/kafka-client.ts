// A foreign producer and reader of Kafka, for stories: plain envelopes in, answers out as a reader of committed records
// sees them.
import { Admin, Consumer, Producer, type Message } from '@platformatic/kafka';

type Buffers = Message<Buffer, Buffer, Buffer, Buffer>;

export interface Answer {
  key: string;
  value: { response: string; finish_reason: string; error?: string; details?: string[] };
}

export interface KafkaNames {
  readonly send: string;
  readonly response: string;
}

export class KafkaClient {
  private readonly seen: Buffers[] = [];

  private constructor(
    readonly names: KafkaNames,
    readonly admin: Admin,
    private readonly producer: Producer<Buffer, Buffer, Buffer, Buffer>,
    private readonly reader: Consumer<Buffer, Buffer, Buffer, Buffer>,
  ) {}

  /** The topics must exist; reads from their ends on. */
  static async open(brokers: string[], names: KafkaNames, id: string): Promise<KafkaClient> {
    const common = { clientId: id, bootstrapBrokers: brokers, timeout: 5_000, retries: 20 };
    const reader = new Consumer<Buffer, Buffer, Buffer, Buffer>({ ...common, groupId: `${id}-reader` });
    const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({ ...common, idempotent: true });
    const client = new KafkaClient(names, new Admin(common), producer, reader);
    const stream = await reader.consume({
      topics: [names.response, `${names.send}.dlq`],
      autocommit: false,
      mode: 'latest',
      // Answers of transactions that were undone are not seen.
      isolationLevel: 1,
      maxWaitTime: 100,
    });
    stream.on('data', (message: Buffers) => client.seen.push(message));
    return client;
  }

  /** A record as it stands; undefined: no key, no value. */
  async send(key: string | undefined, value: Buffer | string | undefined): Promise<void> {
    const message = {
      topic: this.names.send,
      ...(key !== undefined && { key: Buffer.from(key) }),
      ...(value !== undefined && { value: Buffer.from(value) }),
    };
    await this.producer.send({ messages: [message] });
  }

  ask(key: string, value: object): Promise<void> {
    return this.send(key, JSON.stringify({ key, value }));
  }

  async askAll(requests: readonly (readonly [key: string, value: object])[]): Promise<void> {
    const messages = requests.map(([key, value]) => ({
      topic: this.names.send,
      key: Buffer.from(key),
      value: Buffer.from(JSON.stringify({ key, value })),
    }));
    await this.producer.send({ messages });
  }

  answers(key: string): Answer[] {
    return this.of(this.names.response)
      .filter((message) => message.key?.toString() === key)
      .map(({ value }) => JSON.parse(value.toString()) as Answer);
  }

  dead(): Buffers[] {
    return this.of(`${this.names.send}.dlq`);
  }

  of(topic: string): Buffers[] {
    return this.seen.filter((message) => message.topic === topic);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.producer.close(), this.reader.close(true), this.admin.close()]);
  }
}

export const headerOf = ({ headers }: Buffers, name: string): string | undefined =>
  [...headers].find(([header]) => header.toString() === name)?.[1].toString();

export async function until(condition: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`still not so after ${ms} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
