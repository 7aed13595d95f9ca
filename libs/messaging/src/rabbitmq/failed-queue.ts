// The failed queue: what could not be admitted, with its reason. Looks without removing, sends again, drops.
// RabbitMQ has no cursor: looking means taking from the head and giving back, so pages are bounded.
import { Injectable } from '@nestjs/common';
import type { Channel, ConsumeMessage, GetMessage } from 'amqplib';
import { newId, ParleyError, type ErrorCode } from '#contracts';
import { deadExchange, FAILED_HEADERS, failedQueueName } from './names.js';
import { RabbitLink } from './rabbit-link.js';
import { RabbitPublisher } from './rabbit-publisher.js';
import { replayHeaders, toFailedMessage, type FailedMessage } from './to-failed-message.js';
import { assertTopology } from './topology.js';

export interface FailedPage {
  items: FailedMessage[];
  /** Messages in the queue, this page included. */
  total: number;
}

/** How deep into the queue an operator can look. */
export const FAILED_DEPTH = 10_000;
/** Taken, sent and acknowledged together in a replay of everything. */
const BATCH = 200;
const ERROR_CHARS = 1_000;

@Injectable()
export class FailedQueue {
  constructor(
    private readonly link: RabbitLink,
    private readonly publisher: RabbitPublisher,
  ) {}

  /**
   * Sets a delivered message aside; resolves when the broker has confirmed it.
   * @param error one line for operators without content of the message
   * @throws ParleyError `state_unavailable`
   */
  async add(
    { content, fields, properties }: ConsumeMessage,
    reason: ErrorCode,
    error: string,
  ): Promise<void> {
    await this.publisher.publish({
      exchange: deadExchange(this.link.config),
      routingKey: this.link.config.routingKey,
      body: content,
      messageId: text(properties.messageId) ?? newId('failed'),
      ...optional('correlationId', text(properties.correlationId)),
      ...optional('contentType', text(properties.contentType)),
      ...optional('priority', properties.priority as number | undefined),
      headers: {
        ...(properties.headers as Record<string, unknown> | undefined),
        [FAILED_HEADERS.reason]: reason,
        [FAILED_HEADERS.error]: error.slice(0, ERROR_CHARS),
        [FAILED_HEADERS.at]: new Date().toISOString(),
        [FAILED_HEADERS.source]: `${fields.exchange}/${fields.routingKey}`,
      },
    });
  }

  /** Oldest first. While a page is being read its messages are invisible to other readers. */
  async list({ limit = 50, skip = 0 }: { limit?: number; skip?: number } = {}): Promise<FailedPage> {
    return this.walk(async (channel, total) => {
      const messages = await take(channel, this.queue, Math.min(skip + limit, FAILED_DEPTH));
      return { items: messages.slice(skip).map(toFailedMessage), total };
    });
  }

  /** The message with its body, or undefined when it is not (or no longer) there. */
  async get(id: string): Promise<(FailedMessage & { body: Buffer }) | undefined> {
    return this.walk(async (channel) => {
      const message = await this.find(channel, id);
      return message && { ...toFailedMessage(message), body: message.content };
    });
  }

  /**
   * Publishes one message, or all that are there now, to the exchange again, and removes them from here once the
   * broker has confirmed. A crash in between leaves both; intake recognises the repeat by its message_id.
   * @returns how many were sent
   * @throws ParleyError `not_found`, `state_unavailable`
   */
  async replay(id: string | 'all'): Promise<number> {
    return this.each(id, (messages) => Promise.all(messages.map((message) => this.resend(message))));
  }

  /** Removes one message, or all that are there now. @returns how many @throws ParleyError `not_found` */
  async drop(id: string | 'all'): Promise<number> {
    return this.each(id, () => Promise.resolve());
  }

  private get queue(): string {
    return failedQueueName(this.link.config);
  }

  private async each(
    id: string | 'all',
    handle: (messages: readonly GetMessage[]) => Promise<unknown>,
  ): Promise<number> {
    return this.walk(async (channel, total) => {
      if (id !== 'all') {
        const message = await this.find(channel, id);
        if (!message) throw new ParleyError('not_found', 'unable to find failed message; no such id');
        await handle([message]);
        channel.ack(message);
        return 1;
      }
      let done = 0;
      // Bounded by what was there at the start: a message that fails again comes back behind them.
      while (done < total) {
        const messages = await take(channel, this.queue, Math.min(BATCH, total - done));
        if (messages.length === 0) break;
        await handle(messages);
        channel.ack(messages.at(-1)!, true);
        done += messages.length;
      }
      return done;
    });
  }

  private async resend({ content, properties }: GetMessage): Promise<void> {
    const { exchange, routingKey } = this.link.config;
    const outcome = await this.publisher.publish({
      exchange,
      routingKey,
      body: content,
      mandatory: true,
      messageId: text(properties.messageId) ?? newId('replay'),
      ...optional('correlationId', text(properties.correlationId)),
      ...optional('contentType', text(properties.contentType)),
      ...optional('priority', properties.priority as number | undefined),
      headers: replayHeaders((properties.headers ?? {}) as Record<string, unknown>),
    });
    if (outcome === 'unroutable')
      throw new ParleyError('state_unavailable', 'unable to replay; no queue is bound to the exchange');
  }

  private async find(channel: Channel, id: string): Promise<GetMessage | undefined> {
    for (let seen = 0; seen < FAILED_DEPTH;) {
      const messages = await take(channel, this.queue, BATCH);
      if (messages.length === 0) return undefined;
      const found = messages.find((message) => toFailedMessage(message).id === id);
      if (found) return found;
      seen += messages.length;
    }
    return undefined;
  }

  /** What is not acknowledged when the channel closes goes back to its old place. */
  private walk<T>(use: (channel: Channel, total: number) => Promise<T>): Promise<T> {
    return this.link.withChannel(async (channel) => {
      await assertTopology(channel, this.link.config);
      const { messageCount } = await channel.checkQueue(this.queue);
      return use(channel, messageCount);
    });
  }
}

async function take(channel: Channel, queue: string, count: number): Promise<GetMessage[]> {
  const messages: GetMessage[] = [];
  while (messages.length < count) {
    const wanted = Math.min(BATCH, count - messages.length);
    const got = await Promise.all(Array.from({ length: wanted }, () => channel.get(queue)));
    const present = got.filter((message) => message !== false);
    messages.push(...present);
    if (present.length < wanted) break;
  }
  return messages;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const optional = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
