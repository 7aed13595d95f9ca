// Nest's door to Kafka over @platformatic/kafka: records reach their topic's handler as bytes, one after the other
// per partition; its answer decides about the commit. Poison goes to `<topic>.dlq`.
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { BaseRpcContext, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { Consumer, type MessagesStream } from '@platformatic/kafka';
import { lastValueFrom } from 'rxjs';
import { KafkaConfig } from '#config';
import { toParleyError } from '#contracts';
import { atMost } from '../at-most.js';
import type { Outcome } from '../outcome.js';
import { KafkaPublisher } from './kafka-publisher.js';
import { toDeadRecord, toRecord, type KafkaRecord } from './kafka-record.js';
import { PartitionLane } from './partition-lane.js';

export interface KafkaStatus {
  connected: boolean;
  /** What is wrong; absent when all is well. */
  cause?: string;
  /** UTC milliseconds of the last change. */
  since: number;
}

type BufferConsumer = Consumer<Buffer, Buffer, Buffer, Buffer>;
type BufferStream = MessagesStream<Buffer, Buffer, Buffer, Buffer>;

/** Records in hand over all partitions. */
const MAX_IN_FLIGHT = 200;
const RETRY_MS = 1_000;
const CLOSE_MS = 5_000;
/** The driver's message lists every try of every broker. */
const CAUSE_CHARS = 120;

@Injectable()
export class KafkaServer extends Server implements CustomTransportStrategy {
  protected override readonly logger = new Logger(KafkaServer.name);
  private current: KafkaStatus = { connected: false, cause: 'not connected yet', since: Date.now() };
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private stream: BufferStream | undefined;
  private inFlight = 0;
  private room: (() => void) | undefined;

  constructor(
    private readonly config: KafkaConfig,
    private readonly publisher: KafkaPublisher,
  ) {
    super();
    this.initializeSerializer({});
    this.initializeDeserializer({});
  }

  /** What readiness and operators are told; never throws. */
  get intake(): KafkaStatus {
    return this.current;
  }

  /** Returns at once: the app serves its health while Kafka is away. */
  listen(callback: () => void): void {
    this.running = this.run();
    callback();
  }

  /** Stops reading, lets records in hand settle, commits, leaves the group. */
  async close(): Promise<void> {
    this.stopping.abort();
    this.room?.();
    // Ends the loop at once also while it waits for records; what it has not read stays uncommitted.
    this.stream?.destroy();
    await atMost(2 * CLOSE_MS, this.running);
  }

  on(): never {
    throw new Error('unable to subscribe to driver events; read `intake` instead');
  }

  unwrap<T>(): T {
    return this.stream as T;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const consumer: BufferConsumer = new Consumer({
        clientId: 'parley',
        groupId: this.config.group,
        bootstrapBrokers: this.config.brokers,
        autocreateTopics: true,
        retries: 3,
        timeout: 5_000,
      });
      try {
        await this.consume(consumer);
      } catch (error) {
        if (!this.stopping.signal.aborted)
          this.tell({ connected: false, cause: (error as Error).message.slice(0, CAUSE_CHARS) });
      } finally {
        await atMost(CLOSE_MS, consumer.close(true));
      }
      // Aborted means that there is nothing to wait for any more.
      await delay(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  private async consume(consumer: BufferConsumer): Promise<void> {
    const stream = await consumer.consume({
      topics: [...this.getHandlers().keys()],
      autocommit: false,
      mode: 'committed',
      fallbackMode: 'earliest',
      sessionTimeout: 10_000,
      heartbeatInterval: 2_000,
      highWaterMark: MAX_IN_FLIGHT,
      maxWaitTime: 250,
    });
    this.stream = stream;
    this.tell({ connected: true });
    const lanes = new Map<string, PartitionLane>();
    try {
      for await (const message of stream) {
        if (this.stopping.signal.aborted) break;
        const { topic, partition, offset, leaderEpoch } = message;
        const lane = laneOf(lanes, `${topic}:${partition}`, (next) =>
          this.commit(consumer, { topic, partition, offset: next, leaderEpoch }),
        );
        const record = toRecord(message, this.stopping.signal);
        await this.roomForOne();
        void lane.push(offset, () => this.take(record)).finally(() => this.leaveRoom());
      }
    } finally {
      await atMost(CLOSE_MS, Promise.all([...lanes.values()].map((lane) => lane.idle())));
      await atMost(CLOSE_MS, stream.close());
    }
  }

  /** @returns whether the record needs no more care */
  private async take(record: KafkaRecord): Promise<boolean> {
    if (record.signal.aborted) return false;
    const outcome = await this.decide(record);
    if (outcome === 'leave') return false;
    return outcome === 'ack' || this.setAside(record, outcome);
  }

  private async decide(record: KafkaRecord): Promise<Outcome> {
    try {
      const handler = this.getHandlers().get(record.topic);
      if (!handler) return 'leave';
      const answer = await handler(record, new BaseRpcContext([record]));
      return (await lastValueFrom(this.transformToObservable(answer))) as Outcome;
    } catch (error) {
      // A record that breaks its handler would break it again, and its partition would stand still.
      const fault = toParleyError(error);
      this.logger.error(fault);
      return { dead: fault.code, error: fault.message };
    }
  }

  private async setAside(record: KafkaRecord, dead: Exclude<Outcome, string>): Promise<boolean> {
    while (!record.signal.aborted) {
      try {
        await this.publisher.send(toDeadRecord(record, dead.dead, dead.error));
        return true;
      } catch (error) {
        this.logger.warn(`unable to set a record aside, trying again; ${(error as Error).message}`);
        await delay(RETRY_MS);
      }
    }
    return false;
  }

  private async commit(
    consumer: BufferConsumer,
    offset: { topic: string; partition: number; offset: bigint; leaderEpoch: number },
  ): Promise<void> {
    try {
      await consumer.commit({ offsets: [offset] });
    } catch (error) {
      // The partition may belong to another member by now; it reads again what was not committed, and that is safe.
      this.logger.warn(`unable to commit; ${(error as Error).message}`);
    }
  }

  private async roomForOne(): Promise<void> {
    if (++this.inFlight <= MAX_IN_FLIGHT) return;
    await new Promise<void>((resolve) => (this.room = resolve));
  }

  private leaveRoom(): void {
    this.inFlight--;
    this.room?.();
    this.room = undefined;
  }

  /** Logs changes only. */
  private tell(next: Omit<KafkaStatus, 'since'>): void {
    if (next.connected === this.current.connected && next.cause === this.current.cause) return;
    this.current = { ...next, since: Date.now() };
    if (next.connected) this.logger.log('Kafka intake: consuming');
    else this.logger.warn(`Kafka intake: not connected (${next.cause})`);
  }
}

function laneOf(
  lanes: Map<string, PartitionLane>,
  name: string,
  commit: (next: bigint) => Promise<void>,
): PartitionLane {
  let lane = lanes.get(name);
  if (!lane) lanes.set(name, (lane = new PartitionLane(commit)));
  return lane;
}
