// Nest's door to Kafka over @platformatic/kafka: records reach their topic's handler as bytes, in the order of their
// partition; its answer decides about the commit. Poison goes to `<topic>.dlq`.
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { BaseRpcContext, Server, type CustomTransportStrategy } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { KafkaConfig } from '#config';
import { toParleyError } from '#contracts';
import { atMost } from '../at-most.js';
import type { Outcome } from '../outcome.js';
import { toConnectionFault } from './connection-fault.js';
import { GroupReader, type Lag } from './group-reader.js';
import { KafkaPublisher } from './kafka-publisher.js';
import { toDeadRecord, withoutValue, type KafkaRecord } from './kafka-record.js';
import { KafkaTopics } from './kafka-topics.js';

export interface KafkaStatus {
  connected: boolean;
  /** What is wrong; absent when all is well. */
  cause?: string;
  /** UTC milliseconds of the last change. */
  since: number;
}

const RETRY_MS = 1_000;
const STOP_MS = 15_000;

@Injectable()
export class KafkaServer extends Server implements CustomTransportStrategy {
  protected override readonly logger = new Logger(KafkaServer.name);
  private current: KafkaStatus = { connected: false, cause: 'not connected yet', since: Date.now() };
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private reader: GroupReader | undefined;

  constructor(
    private readonly config: KafkaConfig,
    private readonly publisher: KafkaPublisher,
    private readonly topics: KafkaTopics,
  ) {
    super();
    this.initializeSerializer({});
    this.initializeDeserializer({});
  }

  /** What readiness and operators are told; never throws. */
  get intake(): KafkaStatus {
    return this.current;
  }

  /** How far reading is behind, by partition. @throws when the brokers do not tell */
  async lag(): Promise<Lag[]> {
    return (await this.reader?.lag()) ?? [];
  }

  /** Returns at once: the app serves its health while Kafka is away. */
  listen(callback: () => void): void {
    if (this.config.saslMechanism === 'PLAIN' && !this.config.ssl)
      this.logger.warn('the password for Kafka goes over the network in the clear (KAFKA_SSL)');
    this.running = this.run();
    callback();
  }

  /** Stops reading, lets records in hand settle, commits, leaves the group. */
  async close(): Promise<void> {
    this.stopping.abort();
    this.reader?.stop();
    await atMost(STOP_MS, this.running);
  }

  on(): never {
    throw new Error('unable to subscribe to driver events; read `intake` instead');
  }

  unwrap<T>(): T {
    return this.reader as T;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    // A handler names its topic without what the environment adds.
    const handlers = new Map(
      [...this.getHandlers()].map(([name, handler]) => [this.config.topic(name), handler]),
    );
    const take = async (record: KafkaRecord): Promise<boolean> => {
      if (signal.aborted) return false;
      const outcome = await this.decide(record, handlers.get(record.topic));
      if (outcome === 'leave') return false;
      return outcome === 'ack' || this.setAside(record, outcome);
    };
    const complain = (error: Error): void =>
      this.logger.warn(`unable to commit, trying again; ${toConnectionFault(error)}`);
    while (!signal.aborted) {
      try {
        const names = [...handlers.keys()];
        await this.topics.ensure(names, { dead: true });
        this.reader = new GroupReader(this.config, names, signal, take, complain);
        await this.reader.run(() => this.tell({ connected: true }));
      } catch (error) {
        // One of them may have been deleted.
        this.topics.forget();
        if (!signal.aborted) this.tell({ connected: false, cause: toConnectionFault(error) });
      } finally {
        this.reader = undefined;
      }
      // Aborted means that there is nothing to wait for any more.
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async decide(
    record: KafkaRecord,
    handler: ReturnType<KafkaServer['getHandlerByPattern']> | undefined,
  ): Promise<Outcome> {
    try {
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
    const whole = toDeadRecord(record, dead.dead, dead.error);
    // Brokers answer nothing to a request beyond their bounds, they only close the connection: it would be sent for ever.
    let letter = (record.value?.length ?? 0) > this.config.maxRecordBytes ? withoutValue(whole) : whole;
    while (!record.signal.aborted) {
      try {
        await this.publisher.send(letter);
        return true;
      } catch (error) {
        // Better a letter without its text than a partition that stands still.
        if (toParleyError(error).code === 'too_large' && letter.value) letter = withoutValue(letter);
        else {
          this.logger.warn(`unable to set a record aside, trying again; ${toConnectionFault(error)}`);
          await delay(RETRY_MS);
        }
      }
    }
    return false;
  }

  /** Logs changes only. */
  private tell(next: Omit<KafkaStatus, 'since'>): void {
    if (next.connected === this.current.connected && next.cause === this.current.cause) return;
    this.current = { ...next, since: Date.now() };
    if (next.connected) this.logger.log('Kafka intake: consuming');
    else this.logger.warn(`Kafka intake: not connected (${next.cause})`);
  }
}
