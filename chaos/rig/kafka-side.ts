// Kafka's part of the rig: a broker of its own and the replicas of gpt-worker that read from it. Starts them and says how
// far they have come; injects nothing.
import { Admin } from '@platformatic/kafka';
import { freePort, startKafka, type ServiceHandle } from '#testing';
import type { KafkaHistory, KafkaPartition } from '../history/history.js';
import type { AppProcess } from './app-process.js';
import { readCommitted } from './committed-records.js';

export interface KafkaNames {
  send: string;
  response: string;
  dead: string;
  group: string;
}

/** Header by which the rig knows its records again. */
export const RECORD_HEADER = 'chaos-record';

const ANSWER_MS = 4_000;

export class KafkaSide {
  readonly names: KafkaNames = {
    send: 'gpt-send',
    response: 'gpt-response',
    dead: 'gpt-send.dlq',
    group: 'chaos-group',
  };
  workers: AppProcess[] = [];
  /** One more that joins the group for a while; not among `workers`, and not started. */
  extra!: AppProcess;

  private constructor(
    readonly broker: ServiceHandle,
    private readonly admin: Admin,
  ) {}

  static async start(): Promise<KafkaSide> {
    const broker = await startKafka();
    const bootstrapBrokers = [broker.url];
    const admin = new Admin({ clientId: 'chaos', bootstrapBrokers, timeout: ANSWER_MS, retries: 1 });
    return new KafkaSide(broker, admin);
  }

  /** @param make as the rig makes a process of gpt-worker; `env` is what it needs beside the common things */
  async makeWorkers(
    count: number,
    make: (name: string, port: number, env: Record<string, string>) => AppProcess,
  ): Promise<void> {
    const env = { BOOTSTRAP_SERVER: this.broker.url, CONSUMER_GROUP: this.names.group };
    for (let i = 0; i < count; i++) this.workers.push(make(`gpt-${i}`, await freePort(), env));
    this.extra = make('gpt-extra', await freePort(), env);
  }

  /** How far the group has come in the requests' topic. @throws when the broker does not tell */
  async partitions(): Promise<KafkaPartition[]> {
    const { send, group } = this.names;
    const { topics } = await this.admin.metadata({ topics: [send] });
    const count = topics.get(send)?.partitionsCount ?? 0;
    const partitions = Array.from({ length: count }, (_, partition) => ({
      partitionIndex: partition,
      timestamp: -1n,
    }));
    const [ends, groups] = await Promise.all([
      this.admin.listOffsets({ topics: [{ name: send, partitions }] }),
      this.admin.listConsumerGroupOffsets({ groups: [group] }),
    ]);
    const committed = groups[0]?.topics.find(({ name }) => name === send)?.partitions ?? [];
    return (ends[0]?.partitions ?? []).map(({ partitionIndex: partition, offset }) => {
      const place = committed.find(({ partitionIndex }) => partitionIndex === partition);
      return { partition, end: Number(offset), committed: Number(place?.committedOffset ?? 0n) };
    });
  }

  /** Whether every record was settled; false also when the broker does not tell. */
  async settled(): Promise<boolean> {
    try {
      return (await this.partitions()).every(({ end, committed }) => committed >= end);
    } catch {
      return false;
    }
  }

  /** Everything that ever stood in its topics, for the history. @throws when the end is not reached */
  async history(): Promise<KafkaHistory> {
    const { send, response, dead } = this.names;
    const [records, partitions] = await Promise.all([
      readCommitted(this.broker.url, [send, response, dead]),
      this.partitions(),
    ]);
    const of = (topic: string) => records.filter((record) => record.topic === topic);
    return {
      requests: of(send).map(({ partition, offset, at, headers }) => ({
        record: headers.get(RECORD_HEADER) ?? '',
        partition,
        offset,
        at,
      })),
      answers: of(response).map(({ partition, offset, key, value }) => ({
        partition,
        offset,
        key: key?.toString() ?? '',
        value: value?.toString() ?? '',
      })),
      // Read by their wire names, as a foreign consumer would.
      dead: of(dead).map(({ headers }) => ({
        partition: Number(headers.get('x-parley-partition')),
        offset: Number(headers.get('x-parley-offset')),
        reason: headers.get('x-parley-reason') ?? '',
      })),
      partitions,
    };
  }

  async stop(): Promise<void> {
    this.broker.thaw();
    await this.admin.close().catch(() => undefined);
    await this.broker.kill9();
    await this.broker.stop();
  }
}
