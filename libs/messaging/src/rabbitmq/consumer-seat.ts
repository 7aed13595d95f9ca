// The one place of a consumer on a queue: takes it when it is free, waits as a stand-by while another process
// has it, takes it again after every loss. Knows channels; does not know what the messages mean.
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { AckWindow } from './ack-window.js';
import { closeChannel } from '../at-most.js';

export interface SeatOptions {
  queue: string;
  prefetch: number;
  /** False where the queue itself keeps to a single active consumer. */
  exclusive: boolean;
  prepare(channel: Channel): Promise<void>;
  onMessage(message: ConsumeMessage, window: AckWindow): void;
  onState(state: 'standby' | 'consuming' | 'fault', cause?: string): void;
}

/** A stand-by asks this often; it bounds the takeover after a crash of the holder. */
const STANDBY_POLL_MS = 100;
/** After an error that will hardly go away by itself, e.g. a queue with other arguments. */
const FAULT_RETRY_MS = 1_000;

export class ConsumerSeat {
  private readonly stop = new AbortController();
  private channel: Channel | undefined;
  private window: AckWindow | undefined;

  constructor(private readonly options: SeatOptions) {}

  /** Works on this connection until it closes. Call it for every new connection. */
  async occupy(connection: ChannelModel): Promise<void> {
    const lost = new AbortController();
    connection.once('close', () => lost.abort());
    const over = AbortSignal.any([lost.signal, this.stop.signal]);
    while (!over.aborted) {
      try {
        await this.sit(connection);
        // The channel says goodbye before its connection does.
        await nextTurn();
      } catch (error) {
        await nextTurn();
        if (over.aborted) return;
        // Two stand-bys saw the free seat at the same moment and the other one was faster.
        const taken = isSeatTaken(error);
        if (!taken) this.options.onState('fault', (error as Error).message);
        await this.pause(taken ? STANDBY_POLL_MS : FAULT_RETRY_MS);
      }
    }
  }

  /** Takes no further messages, but keeps the seat: a stand-by must not overtake what is still in hand. */
  abandon(): void {
    this.stop.abort();
    this.window?.abandon();
  }

  /** Acknowledges what was settled and closes the channel; the broker takes the rest back in its old order. */
  async leave(): Promise<void> {
    this.abandon();
    this.window?.flush();
    this.window?.close();
    await closeChannel(this.channel);
  }

  private async sit(connection: ChannelModel): Promise<void> {
    const channel = await connection.createChannel();
    this.channel = channel;
    const window = new AckWindow(
      (tag, upTo) => channel.ack(tagged(tag), upTo),
      (tag) => channel.nack(tagged(tag), false, false),
    );
    this.window = window;
    let failure: Error | undefined;
    channel.on('error', (error: Error) => (failure = error));
    const closed = new Promise<void>((resolve) =>
      channel.once('close', () => {
        window.close();
        resolve();
      }),
    );
    await this.options.prepare(channel);
    await channel.prefetch(this.options.prefetch);
    if (this.options.exclusive) await this.awaitFreeSeat(channel);
    if (this.stop.signal.aborted) return;
    await channel.consume(
      this.options.queue,
      (message) => {
        if (message) {
          if (!window.signal.aborted) this.options.onMessage(message, window);
        } else
          // The queue was deleted under us: a new channel declares it again.
          void closeChannel(channel);
      },
      { exclusive: this.options.exclusive },
    );
    this.options.onState('consuming');
    await closed;
    if (failure) throw failure;
  }

  /** Asking for the number of consumers costs no channel and no error in the broker's log, unlike a refused consume. */
  private async awaitFreeSeat(channel: Channel): Promise<void> {
    let told = false;
    while (!this.stop.signal.aborted) {
      const { consumerCount } = await channel.checkQueue(this.options.queue);
      if (consumerCount === 0) return;
      if (!told) this.options.onState('standby');
      told = true;
      await this.pause(STANDBY_POLL_MS);
    }
  }

  private async pause(ms: number): Promise<void> {
    // Aborted means that there is nothing to wait for any more.
    await delay(ms, undefined, { signal: this.stop.signal }).catch(() => undefined);
  }
}

const isSeatTaken = (error: unknown): boolean =>
  error instanceof Error && /ACCESS_REFUSED.*exclusive use/.test(error.message);

/** amqplib takes the whole message to answer it but reads only its tag. */
const tagged = (deliveryTag: number): ConsumeMessage => ({ fields: { deliveryTag } }) as ConsumeMessage;
