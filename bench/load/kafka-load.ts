// Requests into one topic and their answers out of another, each with the time that it took. Reads committed records only.
import { setTimeout as delay } from 'node:timers/promises';
import { Admin, Consumer, Producer, type Message, type MessagesStream } from '@platformatic/kafka';

type Buffers = Message<Buffer, Buffer, Buffer, Buffer>;

export interface Topics {
  readonly requests: string;
  readonly answers: string;
}

const TICK_MS = 10;
const LIMIT_MS = 180_000;

export class KafkaLoad {
  private readonly sentAt = new Map<string, number>();
  private took: number[] = [];
  private lastAt = 0;
  private count = 0;

  private constructor(
    private readonly topics: Topics,
    private readonly producer: Producer<Buffer, Buffer, Buffer, Buffer>,
    private readonly consumer: Consumer<Buffer, Buffer, Buffer, Buffer>,
    private readonly stream: MessagesStream<Buffer, Buffer, Buffer, Buffer>,
  ) {}

  static async open(broker: string, topics: Topics): Promise<KafkaLoad> {
    const common = { clientId: 'load', bootstrapBrokers: [broker] };
    const admin = new Admin(common);
    await admin.createTopics({ topics: [topics.requests, topics.answers], partitions: 3, replicas: 1 });
    await admin.close();
    const consumer = new Consumer<Buffer, Buffer, Buffer, Buffer>({
      ...common,
      groupId: `load-${topics.answers}`,
    });
    const stream = await consumer.consume({
      topics: [topics.answers],
      autocommit: false,
      mode: 'earliest',
      isolationLevel: 1,
      maxWaitTime: 20,
    });
    const load = new KafkaLoad(topics, new Producer(common), consumer, stream);
    stream.on('data', (message: Buffers) => load.arrived(message));
    return load;
  }

  /** @returns ms from sending each request to reading its answer */
  async paced(perSecond: number, seconds: number): Promise<number[]> {
    this.took = [];
    const started = performance.now();
    const all = perSecond * seconds;
    for (let sent = 0; sent < all;) {
      const due = Math.min(all, Math.floor(((performance.now() - started) * perSecond) / 1_000));
      // Not awaited: a slow acknowledgement must not slow the pace.
      if (due > sent) void this.send(due - sent);
      sent = Math.max(sent, due);
      await delay(TICK_MS);
    }
    await this.allAnswered(all);
    return this.took;
  }

  /** @returns answers per second of requests that come all at once, from the first request to the last answer */
  async backlog(requests: number): Promise<number> {
    this.took = [];
    const from = performance.now();
    for (let sent = 0; sent < requests; sent += 500) await this.send(Math.min(500, requests - sent));
    await this.allAnswered(requests);
    return (requests * 1_000) / (this.lastAt - from);
  }

  async close(): Promise<void> {
    await this.stream.close();
    await Promise.all([this.producer.close(), this.consumer.close(true)]);
  }

  private async send(count: number): Promise<void> {
    const messages = Array.from({ length: count }, () => {
      const key = `k${this.count++}-${process.pid}`;
      this.sentAt.set(key, performance.now());
      const value = JSON.stringify({ key, value: { message: 'What is the weather in Rome?' } });
      return { topic: this.topics.requests, key: Buffer.from(key), value: Buffer.from(value) };
    });
    await this.producer.send({ messages });
  }

  private arrived({ key }: Buffers): void {
    const sent = this.sentAt.get(key.toString());
    if (sent === undefined) return;
    this.sentAt.delete(key.toString());
    this.lastAt = performance.now();
    this.took.push(this.lastAt - sent);
  }

  private async allAnswered(count: number): Promise<void> {
    const until = performance.now() + LIMIT_MS;
    while (this.took.length < count) {
      if (performance.now() > until)
        throw new Error(
          `unable to measure; ${count - this.took.length} of ${count} requests were not answered`,
        );
      await delay(TICK_MS);
    }
  }
}
