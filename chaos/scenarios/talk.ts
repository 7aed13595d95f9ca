// A producer and one listener of a scenario: says a message, waits for what the log tells about it.
import { setTimeout as delay } from 'node:timers/promises';
import type { Unstamped } from '../history/operation.js';
import { RabbitProducer } from '../load/rabbit-producer.js';
import { Subscriber } from '../load/subscriber.js';
import type { Rig } from '../rig/rig.js';

type Seen = Extract<Unstamped, { op: 'event' | 'reset' | 'subscribed' }>;

export class Talk {
  readonly seen: Seen[] = [];
  private readonly producer: RabbitProducer;
  private readonly subscriber: Subscriber;

  constructor(
    rig: Rig,
    readonly channel: string,
  ) {
    this.producer = new RabbitProducer(`amqp://guest:guest@127.0.0.1:${rig.rabbitProxy.port}`, rig.names);
    const ports = rig.doors.map(({ port }) => port);
    this.subscriber = new Subscriber(`scenario-${channel}`, [channel], 'delta', ports, 0, {
      note: (operation) => void this.seen.push(operation as Seen),
    });
  }

  /** Resolves when the broker has confirmed it. */
  async say(message_id: string, message: string): Promise<void> {
    const body = Buffer.from(JSON.stringify({ channel: this.channel, message_id, message }));
    while (!(await this.producer.publish(body)));
  }

  /** Events of one type, of one message. */
  events(type: string, message_id?: string): Record<string, unknown>[] {
    return this.seen
      .flatMap((one) => (one.op === 'event' ? [one.event] : []))
      .filter(
        (event) => event['type'] === type && (message_id ?? event['message_id']) === event['message_id'],
      );
  }

  /** @throws when it does not come true in time */
  async until(what: string, done: () => boolean, ms = 30_000): Promise<void> {
    const deadline = Date.now() + ms;
    while (!done()) {
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await delay(10);
    }
  }

  async stop(): Promise<void> {
    this.subscriber.client.stop();
    await this.producer.close();
  }
}
