// Both ends of the worker as the platform around it sees them: requests go to one topic, answers are read from the other, those of
// undone transactions not.
import { Admin, Consumer, Producer, type Message, type MessagesStream } from '@platformatic/kafka';
import type { KafkaConfig } from '#config';
import { kafkaClientOptions, toConnectionFault } from '#messaging';
import type { AnswerValue } from './tally.js';

type Buffers = Message<Buffer, Buffer, Buffer, Buffer>;

export interface WireOptions {
  /** Where the brokers are, and how they let us in. */
  kafka: KafkaConfig;
  send: string;
  response: string;
  /** Names the client and its consumer group; unlike any other. */
  id: string;
}

const READ_COMMITTED = 1;

export class KafkaWire {
  private constructor(
    private readonly options: WireOptions,
    private readonly producer: Producer<Buffer, Buffer, Buffer, Buffer>,
    private readonly reader: Consumer<Buffer, Buffer, Buffer, Buffer>,
    private readonly stream: MessagesStream<Buffer, Buffer, Buffer, Buffer>,
  ) {}

  /**
   * Reads from the answers' end on; resolves when nothing of what is sent from now on can be missed.
   * @throws Error when the brokers cannot be used
   */
  static async open(
    options: WireOptions,
    onAnswer: (key: string, value: AnswerValue) => void,
  ): Promise<KafkaWire> {
    const { kafka, send, response, id } = options;
    const common = { ...kafkaClientOptions(kafka), clientId: id, timeout: 10_000, retries: 10 };
    const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({ ...common, idempotent: true });
    try {
      await producer.metadata({ topics: [send, response], autocreateTopics: true });
    } catch (cause) {
      await producer.close();
      throw new Error(`Kafka cannot be used; ${toConnectionFault(cause)}`, { cause });
    }
    const reader = new Consumer<Buffer, Buffer, Buffer, Buffer>({ ...common, groupId: id });
    const stream = await reader.consume({
      topics: [response],
      autocommit: false,
      mode: 'latest',
      isolationLevel: READ_COMMITTED,
      maxWaitTime: 50,
    });
    stream.on('data', (message: Buffers) => {
      const key = message.key?.toString() ?? '';
      if (key.startsWith(id)) onAnswer(key, valueOf(message));
    });
    return new KafkaWire(options, producer, reader, stream);
  }

  async ask(key: string, value: object): Promise<void> {
    await this.producer.send({
      messages: [
        {
          topic: this.options.send,
          key: Buffer.from(key),
          value: Buffer.from(JSON.stringify({ key, value })),
        },
      ],
    });
  }

  /** Leaves nothing of itself at the brokers but the records. */
  async close(): Promise<void> {
    await this.stream.close();
    await Promise.allSettled([this.reader.close(true), this.producer.close()]);
    const { id, kafka } = this.options;
    const admin = new Admin({ ...kafkaClientOptions(kafka), clientId: id });
    // A group without members would be forgotten by itself, later.
    await admin.deleteGroups({ groups: [id] }).catch(() => undefined);
    await admin.close();
  }
}

function valueOf(message: Buffers): AnswerValue {
  try {
    const { value } = JSON.parse(message.value.toString()) as { value?: AnswerValue };
    return value ?? { error: 'no value' };
  } catch {
    return { error: 'not JSON' };
  }
}
