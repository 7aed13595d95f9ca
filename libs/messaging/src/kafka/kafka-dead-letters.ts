// What was set aside from a topic, for operators: looked at, sent again, or passed over. How far they have come is kept
// as a consumer group's offsets, for the records themselves stay until the topic drops them.
import { Injectable } from '@nestjs/common';
import { Consumer, ListOffsetTimestamps, type Message } from '@platformatic/kafka';
import { KafkaConfig } from '#config';
import { ParleyError } from '#contracts';
import { atMost, inTime } from '../at-most.js';
import { clientOptions } from './client-options.js';
import { DEAD_HEADERS, deadTopic, REPLAYED_HEADER } from './kafka-record.js';
import { KafkaPublisher } from './kafka-publisher.js';

type BufferMessage = Message<Buffer, Buffer, Buffer, Buffer>;

export interface KafkaDeadLetter {
  /** `kafka:<partition>:<offset>` in the dead-letter topic. */
  id: string;
  /** ISO 8601, or `unknown`. */
  at: string;
  reason: string;
  error: string;
  /** Where it was read first, `<topic>:<partition>:<offset>`. */
  from: string;
  message_id: string | undefined;
  bytes: number;
}

const ID = /^kafka:(\d+):(\d+)$/;
const READ_MS = 30_000;
const CLOSE_MS = 3_000;

@Injectable()
export class KafkaDeadLetters {
  constructor(
    private readonly config: KafkaConfig,
    private readonly publisher: KafkaPublisher,
  ) {}

  /** Whether an id is one of ours. */
  owns(id: string): boolean {
    return ID.test(id);
  }

  /** The oldest first, of those that were neither sent again nor passed over. @param topic without the environment's part */
  async list(topic: string, limit: number): Promise<KafkaDeadLetter[]> {
    const found: KafkaDeadLetter[] = [];
    await this.each(topic, (message) => {
      if (found.length < limit) found.push(toLetter(message));
      return Promise.resolve(found.length < limit);
    });
    return found;
  }

  async get(topic: string, id: string): Promise<(KafkaDeadLetter & { body: string }) | undefined> {
    const message = await this.find(topic, id);
    return message && { ...toLetter(message), body: bytesOf(message)?.toString('utf8') ?? '' };
  }

  /**
   * Sends one again, under its key. It stays listed: only `all` moves on.
   * @throws ParleyError `not_found`; `invalid_request` for one that was kept without its text
   */
  async replay(topic: string, id: string): Promise<void> {
    const message = await this.find(topic, id);
    if (!message) throw new ParleyError('not_found', 'unable to replay; there is no such dead letter');
    await this.sendAgain(topic, message);
  }

  /**
   * Sends all again that have not been. Cut off in between, it sends some once more the next time: under their keys
   * they are the same requests.
   * @returns how many were sent, and how many could not be, having been kept without their text
   */
  async replayAll(topic: string): Promise<{ sent: number; without_text: number }> {
    const counts = { sent: 0, without_text: 0 };
    await this.each(
      topic,
      async (message) => {
        if (header(message, DEAD_HEADERS.omitted) !== undefined) counts.without_text++;
        else {
          await this.sendAgain(topic, message);
          counts.sent++;
        }
        return true;
      },
      true,
    );
    return counts;
  }

  /** Passes over all of them; the topic keeps them as long as it is set to. @returns how many */
  async passOver(topic: string): Promise<number> {
    let passed = 0;
    await this.each(topic, () => Promise.resolve(++passed > 0), true);
    return passed;
  }

  private async sendAgain(topic: string, message: BufferMessage): Promise<void> {
    if (header(message, DEAD_HEADERS.omitted) !== undefined)
      throw new ParleyError('invalid_request', 'unable to replay; it was too large to be kept with its text');
    await this.publisher.send({
      topic: this.config.topic(topic),
      key: (message.key as Buffer | null) ?? undefined,
      value: bytesOf(message),
      headers: { [REPLAYED_HEADER]: `${message.partition}:${message.offset}` },
    });
  }

  private async find(topic: string, id: string): Promise<BufferMessage | undefined> {
    let found: BufferMessage | undefined;
    await this.each(topic, (message) => {
      if (idOf(message) === id) found = message;
      return Promise.resolve(found === undefined);
    });
    return found;
  }

  /** @param visit false ends it; what it was called for is then not passed over. @param moveOn past what was visited */
  private async each(
    topic: string,
    visit: (message: BufferMessage) => Promise<boolean>,
    moveOn = false,
  ): Promise<void> {
    const dead = deadTopic(this.config.topic(topic));
    const consumer = new Consumer<Buffer, Buffer, Buffer, Buffer>({
      ...clientOptions(this.config),
      groupId: `${this.config.groupId}-dead-letters`,
    });
    try {
      const ends = await inTime(READ_MS, pendingEnds(consumer, dead).catch(noneWithoutTopic));
      if (ends.size === 0) return;
      const stream = await inTime(
        READ_MS,
        consumer.consume({
          topics: [dead],
          mode: 'committed',
          fallbackMode: 'earliest',
          autocommit: false,
          maxWaitTime: 250,
        }),
      );
      const enough = setTimeout(
        () => stream.destroy(new Error('the dead letters were not read in time')),
        READ_MS,
      );
      try {
        for await (const message of stream) {
          const { partition, offset, leaderEpoch } = message;
          const end = ends.get(partition);
          if (end === undefined || offset >= end) continue;
          enough.refresh();
          if (!(await visit(message))) return;
          if (moveOn)
            await consumer.commit({
              offsets: [{ topic: dead, partition, offset: offset + 1n, leaderEpoch }],
            });
          if (offset + 1n === end) ends.delete(partition);
          if (ends.size === 0) return;
        }
      } finally {
        clearTimeout(enough);
      }
    } finally {
      await atMost(CLOSE_MS, consumer.close(true));
    }
  }
}

/** Partition → where its records end now, of those that hold some that are still to be looked at. */
async function pendingEnds(
  consumer: Consumer<Buffer, Buffer, Buffer, Buffer>,
  topic: string,
): Promise<Map<number, bigint>> {
  const ends = (await consumer.listOffsets({ topics: [topic] })).get(topic) ?? [];
  const timestamp = ListOffsetTimestamps.EARLIEST;
  const starts = (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic) ?? [];
  const partitions = ends.map((_, partition) => partition);
  const committed =
    (await consumer.listCommittedOffsets({ topics: [{ topic, partitions }] })).get(topic) ?? [];
  const from = (partition: number): bigint => {
    const [start, done] = [starts[partition] ?? 0n, committed[partition] ?? -1n];
    return done > start ? done : start;
  };
  return new Map(partitions.filter((p) => ends[p]! > from(p)).map((p) => [p, ends[p]!]));
}

/** Where nothing was ever set aside there is no topic; the driver says so in words only. */
function noneWithoutTopic(error: unknown): Map<number, bigint> {
  if ((error as Error).message.startsWith('Unknown topic ')) return new Map();
  throw error;
}

const idOf = ({ partition, offset }: BufferMessage): string => `kafka:${partition}:${offset}`;

const bytesOf = ({ value }: BufferMessage): Buffer | undefined => (value as Buffer | null) ?? undefined;

const header = ({ headers }: BufferMessage, name: string): string | undefined =>
  [...headers].find(([found]) => found.toString() === name)?.[1].toString();

/** Whoever may write to the topic chooses the time of a record; one that no calendar has must not hide the others. */
function toTime(ms: bigint): string {
  const time = new Date(Number(ms));
  return Number.isNaN(time.getTime()) ? 'unknown' : time.toISOString();
}

function toLetter(message: BufferMessage): KafkaDeadLetter {
  const of = (name: string): string => header(message, name) ?? '';
  return {
    id: idOf(message),
    at: toTime(message.timestamp),
    reason: of(DEAD_HEADERS.reason),
    error: of(DEAD_HEADERS.error),
    from: [DEAD_HEADERS.topic, DEAD_HEADERS.partition, DEAD_HEADERS.offset].map(of).join(':'),
    message_id: (message.key as Buffer | null)?.toString('utf8'),
    bytes: Number(header(message, DEAD_HEADERS.omitted) ?? bytesOf(message)?.length ?? 0),
  };
}
