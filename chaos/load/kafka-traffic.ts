// Carries Kafka's part of a plan out. The records of one conversation go to one partition, one after the other, so that their
// order is a promise; those that stand alone go where their key belongs.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Unstamped } from '../history/operation.js';
import { Recorder } from '../history/recorder.js';
import { RECORD_HEADER, type KafkaSide } from '../rig/kafka-side.js';
import type { BadRecord, KafkaPlan, PlannedRecord, PlannedRequest } from './kafka-plan.js';
import { KafkaProducer, type BufferMessage } from './kafka-producer.js';

const PARTITIONS = 3;

export class KafkaTraffic {
  private readonly producer: KafkaProducer;
  private readonly recorder: Recorder;
  /** The last sending to each channel; the next one waits for it. */
  private readonly tails = new Map<string, Promise<void>>();

  /** @param cancel takes a message back by another door */
  constructor(
    private readonly kafka: KafkaSide,
    private readonly plan: KafkaPlan,
    dir: string,
    private readonly cancel: (request: PlannedRequest) => Promise<void>,
  ) {
    this.producer = new KafkaProducer(kafka.broker.url);
    this.recorder = new Recorder(join(dir, 'history'), 'kafka');
  }

  /** Resolves when every record is known to be in its topic. */
  async run(): Promise<void> {
    const started = performance.now();
    const until = (after: number): Promise<void> => delay(Math.max(0, after - (performance.now() - started)));
    await Promise.all([
      ...this.plan.requests.map(async (request) => {
        await until(request.after);
        await this.sendAll(request);
      }),
      ...this.plan.bad.map(async (bad) => {
        await until(bad.after);
        await this.sendBad(bad);
      }),
    ]);
  }

  flush(): void {
    this.recorder.flush();
  }

  async stop(): Promise<void> {
    await this.producer.close();
    this.recorder.close();
  }

  private async sendAll(request: PlannedRequest): Promise<void> {
    const [first, ...repeats] = request.records;
    await this.inTurn(request, first!);
    const { cancelAfter } = request;
    await Promise.all([
      ...repeats.map((record) => delay(record.delay).then(() => this.inTurn(request, record))),
      cancelAfter !== undefined && delay(cancelAfter).then(() => this.cancel(request)),
    ]);
  }

  private inTurn(request: PlannedRequest, record: PlannedRecord): Promise<void> {
    const before = this.tails.get(request.channel) ?? Promise.resolve();
    const turn = before.then(() => this.send(request, record));
    this.tails.set(request.channel, turn);
    return turn;
  }

  private async send(request: PlannedRequest, { id, body }: PlannedRecord): Promise<void> {
    const { channel, message_id, n, conversation, withoutRecordKey } = request;
    const partition = [...channel].reduce((sum, letter) => sum + letter.codePointAt(0)!, 0) % PARTITIONS;
    const source = id.endsWith('/0') ? `kafka-${partition}` : 'repeat-kafka';
    const door = 'kafka' as const;
    const note = { op: 'send' as const, door, source, n, channel, message_id, body, record: id };
    const value = { message: body, ...(conversation !== undefined && { conversation_id: conversation }) };
    await this.untilConfirmed(note, {
      ...this.message(id, withoutRecordKey ? undefined : message_id),
      value: Buffer.from(JSON.stringify({ key: message_id, value })),
      partition,
    });
  }

  private async sendBad({ id, key, value, fate }: BadRecord): Promise<void> {
    const note = { op: 'bad_record' as const, record: id, fate, ...(key !== undefined && { key }) };
    await this.untilConfirmed(note, { ...this.message(id, key), ...(value && { value }) });
  }

  private message(id: string, key: string | undefined): BufferMessage {
    return {
      topic: this.kafka.names.send,
      ...(key !== undefined && { key: Buffer.from(key) }),
      headers: new Map([[Buffer.from(RECORD_HEADER), Buffer.from(id)]]),
    };
  }

  private async untilConfirmed(note: Unphased, message: BufferMessage): Promise<void> {
    this.recorder.note({ ...note, phase: 'invoke' });
    while (!(await this.producer.send(message))) this.recorder.note({ ...note, phase: 'info' });
    this.recorder.note({ ...note, phase: 'ok' });
  }
}

type Unphased<O = Extract<Unstamped, { op: 'send' | 'bad_record' }>> = O extends unknown
  ? Omit<O, 'phase'>
  : never;
