// Records and how far they have come, written in one transaction: whoever reads committed sees both or neither. The lane
// has one owner in the cluster; opening it fences the one before, whose open transaction is undone. While there is traffic the next
// transaction is begun ahead, so that records leave with its first request that somebody waits for.
import { setTimeout as delay } from 'node:timers/promises';
import { Consumer, Producer, type Message } from '@platformatic/kafka';
import type { KafkaConfig } from '#config';
import { ParleyError } from '#contracts';
import { atMost, inTime } from '../at-most.js';
import { clientOptions } from './client-options.js';
import { toConnectionFault } from './connection-fault.js';
import { errorIds } from './error-ids.js';
import { toProduced, type OutgoingRecord } from './kafka-record.js';

type BufferProducer = Producer<Buffer, Buffer, Buffer, Buffer>;
type BufferTransaction = Awaited<ReturnType<BufferProducer['beginTransaction']>>;

export interface LaneOptions {
  /** Names the lane in the whole cluster: its transactional id, and the group whose committed offset is the cursor. */
  name: string;
  /** An existing topic; the cursor is kept as the group's offset of its first partition. */
  topic: string;
}

/** A partition that records went to. */
interface Place {
  topic: string;
  partition: number;
}

/** The brokers undo a transaction that is open for longer. */
const TRANSACTION_MS = 15_000;
const STEP_MS = 20_000;
const CLOSE_MS = 1_000;
/** A transaction that was begun ahead for nothing is ended after so long; far below what the brokers bear. */
const IDLE_MS = 1_000;
/** The brokers still mark the end of the last one for about so long, and refuse the next. */
const MARKING_MS = 2;
/** Each partition of a transaction gets a marker at its end, also one that nothing was written to; so no more than these are named ahead. */
const MOST_AHEAD = 16;
/** Its last transaction is still being marked: the next one may begin in a moment. */
const SOON = new Set(['CONCURRENT_TRANSACTIONS', 'COORDINATOR_LOAD_IN_PROGRESS']);

export class TransactionalLane {
  private current: bigint | undefined;
  private idle: NodeJS.Timeout | undefined;
  /** Where records have gone, which is where the next ones most likely go. */
  private readonly places = new Map<string, Place>();

  private constructor(
    private readonly producer: BufferProducer,
    private readonly consumer: Consumer,
    private readonly options: LaneOptions,
    private readonly coordinatorId: number,
    /** Begun for the next records; resolves to undefined when it was ended for want of any. */
    private ahead: Promise<BufferTransaction | undefined>,
  ) {}

  /** @throws ParleyError `state_unavailable` */
  static async open(config: KafkaConfig, options: LaneOptions): Promise<TransactionalLane> {
    const producer: BufferProducer = new Producer({
      ...clientOptions(config),
      idempotent: true,
      transactionalId: options.name,
      // Asks for the next epoch, whoever had the last one; the driver's own default stands for an id that nobody had.
      producerId: -1n,
      producerEpoch: -1,
      timeout: TRANSACTION_MS,
      retries: 40,
      retryDelay: (_, __, attempt, ___, error) =>
        [...errorIds(error)].some((id) => SOON.has(id)) ? Math.min(200, 2 * attempt) : 500,
    });
    const consumer = new Consumer({ ...clientOptions(config), groupId: options.name });
    try {
      const transaction = await inTime(STEP_MS, producer.beginTransaction());
      const coordinatorId = await inTime(STEP_MS, consumer.findGroupCoordinator());
      const lane = new TransactionalLane(
        producer,
        consumer,
        options,
        coordinatorId,
        Promise.resolve(transaction),
      );
      await lane.readCursor();
      return lane;
    } catch (cause) {
      await closeBoth(producer, consumer);
      const why = `unable to open a lane of Kafka; ${toConnectionFault(cause)}`;
      throw new ParleyError('state_unavailable', why, { cause });
    }
  }

  /** What the last committed transaction of any owner has left; undefined before the first. */
  get cursor(): bigint | undefined {
    return this.current;
  }

  /**
   * @param cursor greater than the last one
   * @throws when it is not known whether they were committed; then the lane is of no use any more
   */
  async send(records: readonly OutgoingRecord[], cursor: bigint): Promise<void> {
    clearTimeout(this.idle);
    const transaction = (await this.ahead) ?? (await this.begin());
    // Whoever comes after a failure must not use it again.
    this.ahead = Promise.resolve(undefined);
    const [{ offsets = [] }] = await inTime(
      STEP_MS,
      Promise.all([transaction.send({ messages: records.map(toProduced) }), this.move(transaction, cursor)]),
    );
    await inTime(STEP_MS, transaction.commit());
    this.current = cursor;
    for (const { topic, partition } of offsets)
      this.places.set(`${topic}:${partition}`, { topic, partition });
    this.beginAhead();
  }

  async close(): Promise<void> {
    clearTimeout(this.idle);
    await closeBoth(this.producer, this.consumer);
  }

  private begin(): Promise<BufferTransaction> {
    return inTime(STEP_MS, this.producer.beginTransaction());
  }

  private beginAhead(): void {
    this.ahead = delay(MARKING_MS).then(async () => {
      const transaction = await this.begin();
      if (this.places.size <= MOST_AHEAD) await inTime(STEP_MS, this.addPartitions(transaction));
      // Behind it, because the brokers take neither while they still mark the end of the last one.
      await inTime(STEP_MS, transaction.addConsumer(this.consumer));
      return transaction;
    });
    // Told to whoever sends next.
    this.ahead.catch(() => undefined);
    this.idle = setTimeout(() => this.endIdle(), IDLE_MS).unref();
  }

  private async addPartitions(transaction: BufferTransaction): Promise<void> {
    const places = [...this.places.values()].map((place) => ({ ...place }));
    const topics = [...new Set(places.map(({ topic }) => topic))];
    const metadata = await this.producer.metadata({ topics });
    await transaction.addPartitions(metadata, places as unknown as Message[]);
  }

  private endIdle(): void {
    this.ahead = this.ahead.then(async (transaction) => {
      if (transaction) await inTime(STEP_MS, transaction.abort());
      return undefined;
    });
    this.ahead.catch(() => undefined);
  }

  private async move(transaction: BufferTransaction, cursor: bigint): Promise<void> {
    await transaction.addConsumer(this.consumer);
    await transaction.addOffset(this.place(this.options.name, cursor));
  }

  /** The driver commits offsets of records that were read; the cursor is given to it as one. */
  private place(groupId: string, cursor: bigint): Message {
    const member = { groupId, generationId: -1, memberId: '', coordinatorId: this.coordinatorId };
    const { topic } = this.options;
    return { topic, partition: 0, offset: cursor - 1n, metadata: { consumer: member } } as unknown as Message;
  }

  private async readCursor(): Promise<void> {
    const { topic } = this.options;
    const topics = [{ topic, partitions: [0] }];
    const offsets = await inTime(STEP_MS, this.consumer.listCommittedOffsets({ topics }));
    const offset = offsets.get(topic)?.[0];
    if (offset === undefined) throw new Error('the brokers do not tell how far the lane has come');
    this.current = offset < 0n ? undefined : offset;
  }
}

/** Nothing of it is waited for longer than a moment: the next owner is fenced off by the brokers, not by us. */
async function closeBoth(producer: BufferProducer, consumer: Consumer): Promise<void> {
  await atMost(CLOSE_MS, Promise.allSettled([producer.close(), consumer.close(true)]));
}
