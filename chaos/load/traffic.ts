// Carries a load plan out: each channel's messages one after the other by its own source, repeats and cancels at
// their time, subscribers all along. Every ask and answer is noted; an unknown outcome is asked again.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FailedEntry, Reply } from '../history/history.js';
import { Recorder } from '../history/recorder.js';
import type { Rig } from '../rig/rig.js';
import { KafkaTraffic } from './kafka-traffic.js';
import type { LoadPlan, PlannedMessage, SocketOrRabbit } from './plan.js';
import { RabbitProducer } from './rabbit-producer.js';
import { SocketSender } from './socket-sender.js';
import { Subscriber } from './subscriber.js';

/** Read by its wire name, as a foreign consumer would. */
const FAILED_HEADERS_REASON = 'x-parley-reason';

const CLIENTS = 12;

export const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64url');

/** How one sending of a message differs from the others. */
interface Sending {
  door: SocketOrRabbit;
  source: string;
  body: string;
  /** Correlation id, where the message asks for a reply and the door can. */
  asks: string;
}

export class Traffic {
  readonly subscribers: Subscriber[];
  readonly replies: Reply[] = [];
  readonly producer: RabbitProducer;
  private readonly senders: SocketSender[];
  private readonly recorders: Recorder[] = [];
  private readonly later: Promise<void>[] = [];
  private readonly replyQueue: string;
  private readonly kafka: KafkaTraffic | undefined;

  constructor(
    private readonly rig: Rig,
    private readonly plan: LoadPlan,
  ) {
    const { port } = rig.rabbitProxy;
    this.producer = new RabbitProducer(`amqp://guest:guest@127.0.0.1:${port}`, rig.names);
    this.replyQueue = `${rig.names.queue}_replies`;
    void this.producer.listen(this.replyQueue, ({ content, properties }) => {
      const frame = JSON.parse(content.toString()) as Reply['frame'];
      // What was refused is answered too, without a run.
      if (!('run_id' in frame)) return;
      const [run_id, correlation_id] = [properties.messageId, properties.correlationId].map(String);
      this.replies.push({ run_id: run_id!, correlation_id: correlation_id!, frame });
    });
    const cancels = this.recorder('kafka-cancels');
    this.kafka =
      rig.kafka &&
      new KafkaTraffic(rig.kafka, plan.kafka, rig.options.dir, (request) => this.cancel(request, cancels));
    const ports = rig.doors.map((door) => door.port);
    this.senders = [0, 1].map((first) => new SocketSender(ports, first));
    this.subscribers = Array.from({ length: CLIENTS }, (_, i) => {
      const own = plan.channels.filter((_channel, c) => c % (CLIENTS / 2) === i % (CLIENTS / 2));
      const format = i % 2 === 0 ? 'delta' : 'cumulative';
      return new Subscriber(`client-${i}`, own, format, ports, i, this.recorder(`client-${i}`));
    });
  }

  /** Resolves when everything of the plan was sent and is known to have been taken in. */
  async run(): Promise<void> {
    const started = performance.now();
    const until = async (after: number): Promise<void> => {
      const wait = after - (performance.now() - started);
      if (wait > 0) await delay(wait);
    };
    const byChannel = Map.groupBy(this.plan.messages, ({ channel }) => channel);
    await Promise.all([
      ...[...byChannel.values()].map((messages, i) =>
        this.sendInOrder(messages, until, this.recorder(`source-${i}`)),
      ),
      this.sendPoison(until, this.recorder('poison')),
      this.kafka?.run(),
    ]);
    await Promise.all(this.later);
  }

  async failedQueue(): Promise<FailedEntry[]> {
    const messages = await this.producer.drain(`${this.rig.names.queue}_failed`);
    return messages.map(({ content, properties }) => {
      const { [FAILED_HEADERS_REASON]: own, 'x-death': deaths } = properties.headers ?? {};
      const reason: unknown = own ?? (deaths as { reason: string }[] | undefined)?.[0]?.reason;
      return {
        reason: typeof reason === 'string' ? reason : 'unknown',
        digest: digestOf(content),
        ...namesIn(content),
      };
    });
  }

  flush(): void {
    for (const recorder of [...this.recorders, this.kafka]) recorder?.flush();
  }

  async stop(): Promise<void> {
    for (const { client } of this.subscribers) client.stop();
    for (const sender of this.senders) sender.stop();
    await Promise.all([this.producer.close(), this.kafka?.stop()]);
    for (const recorder of this.recorders) recorder.close();
  }

  private recorder(actor: string): Recorder {
    const recorder = new Recorder(join(this.rig.options.dir, 'history'), actor);
    this.recorders.push(recorder);
    return recorder;
  }

  private async sendInOrder(
    messages: readonly PlannedMessage[],
    until: (after: number) => Promise<void>,
    recorder: Recorder,
  ): Promise<void> {
    for (const message of messages) {
      await until(message.after);
      await this.send(message, { ...message, asks: message.message_id }, recorder);
      for (const [i, { door, delay: wait, body }] of message.repeats.entries()) {
        const repeat = { door, source: `repeat-${door}`, body, asks: `${message.message_id}-${i}` };
        this.later.push(delay(wait).then(() => this.send(message, repeat, recorder)));
      }
      if (message.cancelAfter !== undefined)
        this.later.push(delay(message.cancelAfter).then(() => this.cancel(message, recorder)));
    }
  }

  private async send(
    message: PlannedMessage,
    { door, source, body, asks }: Sending,
    recorder: Recorder,
  ): Promise<void> {
    const { channel, message_id, n, reply } = message;
    const asking = reply && door === 'rabbitmq' ? { asks } : {};
    const note = { op: 'send' as const, door, source, n, channel, message_id, body, ...asking };
    for (;;) {
      recorder.note({ ...note, phase: 'invoke' });
      if (door === 'rabbitmq') {
        if (await this.publish(message, note)) return recorder.note({ ...note, phase: 'ok' });
        recorder.note({ ...note, phase: 'info' });
        continue;
      }
      const answer = await this.senders[n % 2]!.ask('send', { channel, message_id, message: body });
      if (answer?.['type'] === 'ack') {
        const { run_id, duplicate } = answer as { run_id: string; duplicate: boolean };
        return recorder.note({ ...note, phase: 'ok', run_id, duplicate });
      }
      const code = answer === undefined ? undefined : String(answer['code']);
      if (code === 'message_id_conflict') return recorder.note({ ...note, phase: 'fail', code });
      recorder.note({ ...note, phase: 'info', ...(code !== undefined && { code }) });
      await delay(100);
    }
  }

  private publish(
    { channel, message_id, priority }: PlannedMessage,
    { body, asks }: { body: string; asks?: string },
  ): Promise<boolean> {
    return this.producer.publish(Buffer.from(JSON.stringify({ channel, message_id, message: body })), {
      priority,
      ...(asks !== undefined && { replyTo: this.replyQueue, correlationId: asks }),
    });
  }

  private async cancel(
    { channel, message_id, n }: Pick<PlannedMessage, 'channel' | 'message_id' | 'n'>,
    recorder: Recorder,
  ): Promise<void> {
    const note = { op: 'cancel' as const, channel, message_id };
    recorder.note({ ...note, phase: 'invoke' });
    const answer = await this.senders[n % 2]!.ask('cancel', { channel, message_id });
    if (answer?.['type'] === 'cancel')
      recorder.note({ ...note, phase: 'ok', outcome: String(answer['outcome']) });
    else recorder.note({ ...note, phase: 'info', ...(answer && { code: String(answer['code']) }) });
  }

  private async sendPoison(until: (after: number) => Promise<void>, recorder: Recorder): Promise<void> {
    for (const [n, { after, bytes }] of this.plan.poison.toSorted((a, b) => a.after - b.after).entries()) {
      await until(after);
      const note = { op: 'poison' as const, n, digest: digestOf(bytes) };
      recorder.note({ ...note, phase: 'invoke' });
      while (!(await this.producer.publish(bytes))) recorder.note({ ...note, phase: 'info' });
      recorder.note({ ...note, phase: 'ok' });
    }
  }
}

function namesIn(content: Buffer): { channel?: string; message_id?: string } {
  try {
    const { channel, message_id } = JSON.parse(content.toString()) as Record<string, unknown>;
    return {
      ...(typeof channel === 'string' && { channel }),
      ...(typeof message_id === 'string' && { message_id }),
    };
  } catch {
    // Poison has no names.
    return {};
  }
}
