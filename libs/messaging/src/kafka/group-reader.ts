// One membership in the consumer group: joins, reads what it is given, and hands it on partition by partition. It ends
// when it is told to, or with an error, after which a new one is made.
import { Consumer, type ConsumerGroupJoinPayload, type MessagesStream } from '@platformatic/kafka';
import type { KafkaConfig } from '#config';
import { atMost, inTime } from '../at-most.js';
import { clientOptions } from './client-options.js';
import { errorIds } from './error-ids.js';
import { IntakeRoom } from './intake-room.js';
import { toRecord, type KafkaRecord } from './kafka-record.js';
import { PartitionLanes } from './partition-lanes.js';

type BufferStream = MessagesStream<Buffer, Buffer, Buffer, Buffer>;

/** Records in hand over all partitions, and their bytes. */
const MAX_RECORDS = 256;
const MAX_BYTES = 8 * 1024 * 1024;
const CLOSE_MS = 5_000;
/** How often the topics are looked at, of which the driver knows only the partitions that were there when it joined, and what is committed. */
const LOOK_MS = 5_000;
/** Of a commit or a look, with the driver's own repeats; what falls into a change of the group may never be answered. */
const ANSWER_MS = 15_000;

export interface Lag {
  topic: string;
  partition: number;
  /** Records that were not settled yet. */
  records: number;
}

export class GroupReader {
  private readonly consumer: Consumer<Buffer, Buffer, Buffer, Buffer>;
  private readonly room = new IntakeRoom(MAX_RECORDS, MAX_BYTES);
  private readonly lanes: PartitionLanes;
  /** Leader epochs as the records told them, for the commits. */
  private readonly epochs = new Map<string, number>();
  private stream: BufferStream | undefined;
  private fault: Error | undefined;
  private looking: NodeJS.Timeout | undefined;

  /**
   * @param take settles a record; false when it was left
   * @param complain is told of commits that failed and are tried again
   */
  constructor(
    config: KafkaConfig,
    private readonly topics: string[],
    private readonly signal: AbortSignal,
    private readonly take: (record: KafkaRecord) => Promise<boolean>,
    private readonly complain: (error: Error) => void,
  ) {
    // Also a member that has to join again by itself, after a commit or heartbeat that came too late, does it by these.
    this.consumer = new Consumer({
      ...clientOptions(config),
      groupId: config.groupId,
      sessionTimeout: 10_000,
      rebalanceTimeout: 15_000,
      heartbeatInterval: 2_000,
      autocommit: false,
      maxWaitTime: 250,
      maxBytes: config.maxRecordBytes,
      maxBytesPerPartition: 4 * 1024 * 1024,
      highWaterMark: 2,
    });
    this.lanes = new PartitionLanes((topic, partition, next) => this.commit(topic, partition, next));
    this.consumer.on('consumer:group:join', (joined) => this.onJoin(joined));
    this.consumer.on('error', (error: Error) => this.end(error));
    this.consumer.on('consumer:heartbeat:stalled', () => this.end(new Error('the group does not answer')));
  }

  /** @param joined called once the group has let us in */
  async run(joined: () => void): Promise<void> {
    try {
      const { topics } = this;
      const before = await this.partitionCounts();
      this.stream = await this.consumer.consume({ topics, mode: 'committed', fallbackMode: 'earliest' });
      if (this.fault) throw this.fault;
      // Whoever was told to stop while the group let it in leaves it again: otherwise its partitions wait until it counts as dead.
      if (this.signal.aborted) return;
      joined();
      // One look at a time, also when the driver does not answer.
      const look = () => void this.look(before).finally(() => this.looking?.refresh());
      this.looking = setTimeout(look, LOOK_MS);
      for await (const message of this.stream) {
        if (this.signal.aborted) break;
        const lane = this.lanes.laneOf(message);
        if (!lane) {
          // Its fetch has moved the stream past records that this life of the partition has not seen.
          if (this.lanes.owns(message))
            this.end(new Error('records of an earlier membership came; the consumer begins anew'));
          continue;
        }
        const { topic, partition, offset, leaderEpoch } = message;
        this.epochs.set(`${topic}:${partition}`, leaderEpoch);
        const record = toRecord(message, this.signal);
        const bytes = (message.value as Buffer | null)?.length ?? 0;
        await this.room.enter(bytes);
        void lane.push(offset, () => this.take(record)).finally(() => this.room.leave(bytes));
      }
      if (this.fault) throw this.fault;
    } catch (error) {
      // A stream that was ended says only that it was.
      throw this.fault ?? error;
    } finally {
      clearTimeout(this.looking);
      this.looking = undefined;
      await atMost(CLOSE_MS, this.lanes.idle());
      this.lanes.stop();
      await atMost(CLOSE_MS, this.stream?.close());
      await atMost(CLOSE_MS, this.consumer.close(true));
    }
  }

  /** Ends reading at once, also while it waits for records; what was not read stays uncommitted. */
  stop(): void {
    this.stream?.destroy();
  }

  /** Of the partitions that we own now. @throws when the brokers do not tell */
  async lag(): Promise<Lag[]> {
    const { partitions } = this.lanes;
    if (partitions.length === 0) return [];
    const lag = await this.consumer.getLag({ topics: this.topics });
    return partitions.flatMap(({ topic, partition }) => {
      const records = Number(lag.get(topic)?.[partition] ?? -1n);
      return records < 0 ? [] : [{ topic, partition, records }];
    });
  }

  /** Partitions that were added would wait for the next change of the group, and nobody would see it. */
  private async look(before: string): Promise<void> {
    try {
      if ((await inTime(ANSWER_MS, this.partitionCounts())) !== before)
        return this.end(new Error('the topics have other partitions than before; the consumer begins anew'));
      await inTime(ANSWER_MS, this.compareCommits());
    } catch (error) {
      // Brokers that are away are noticed by the heartbeats.
      if (errorIds(error).has('UNKNOWN_TOPIC_OR_PARTITION')) this.end(error as Error);
    }
  }

  private async compareCommits(): Promise<void> {
    const owned = Map.groupBy(this.lanes.partitions, ({ topic }) => topic);
    if (owned.size === 0) return;
    const topics = [...owned].map(([topic, all]) => ({
      topic,
      partitions: all.map(({ partition }) => partition),
    }));
    for (const [topic, offsets] of await this.consumer.listCommittedOffsets({ topics }))
      offsets.forEach((offset, partition) => this.lanes.told(topic, partition, offset));
  }

  private async partitionCounts(): Promise<string> {
    const { topics } = await this.consumer.metadata({ topics: this.topics, forceUpdate: true });
    return this.topics.map((topic) => `${topic}:${topics.get(topic)?.partitionsCount}`).join();
  }

  private onJoin({ assignments = [], generationId = 0 }: ConsumerGroupJoinPayload): void {
    try {
      const fresh = this.lanes.assign(assignments, generationId);
      // Where an earlier life of a partition had read to; without it the stream asks for the committed offset.
      for (const name of fresh) this.stream?.offsetsToFetch.delete(name);
    } catch (error) {
      this.end(error as Error);
    }
  }

  private end(error: Error): void {
    this.fault ??= error;
    this.stream?.destroy();
  }

  private async commit(topic: string, partition: number, offset: bigint): Promise<void> {
    const leaderEpoch = this.epochs.get(`${topic}:${partition}`) ?? -1;
    try {
      const offsets = [{ topic, partition, offset, leaderEpoch }];
      await inTime(ANSWER_MS, this.consumer.commit({ offsets }));
    } catch (error) {
      this.complain(error as Error);
      throw error;
    }
  }
}
