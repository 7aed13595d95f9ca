// Nest's RabbitMQ transport with the settings that our promise needs: foreign bare bodies reach one handler as
// bytes, its answer decides about the acknowledgement, one consumer in the cluster, a stop that loses nothing.
import { Injectable, Logger } from '@nestjs/common';
import { RmqContext, ServerRMQ, type MessageHandler, type RmqStatus } from '@nestjs/microservices';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import type { Channel, ConsumeMessage } from 'amqplib';
import { lastValueFrom } from 'rxjs';
import { RabbitConfig } from '#config';
import { LIMITS, toParleyError, TurnBudget } from '#contracts';
import type { AckWindow } from './ack-window.js';
import { atMost, CLOSE_MS } from '../at-most.js';
import { ConsumerSeat } from './consumer-seat.js';
import { toDelivery } from './delivery.js';
import type { Outcome } from '../outcome.js';
import { FailedQueue } from './failed-queue.js';
import { COSMO_MESSAGE } from './names.js';
import { assertTopology, queueOptions } from './topology.js';

export interface RabbitStatus {
  connected: boolean;
  /** `standby`: another process consumes and this one waits to take over. */
  state: 'connecting' | 'standby' | 'consuming' | 'fault' | 'stopping';
  /** What is wrong; absent when all is well. */
  cause?: string;
  /** UTC milliseconds of the last change. */
  since: number;
}

/** How long a stop waits for messages that are being admitted. */
const DRAIN_MS = 5_000;
/** Between tries to set a message aside. */
const DEAD_RETRY_MS = 1_000;

@Injectable()
export class RabbitServer extends ServerRMQ {
  protected override readonly logger = new Logger(RabbitServer.name);
  private current: RabbitStatus = { connected: false, state: 'connecting', since: Date.now() };
  private readonly seat: ConsumerSeat;
  private readonly turns = new TurnBudget();
  private handler: MessageHandler | null = null;
  private inFlight = 0;
  private whenIdle: (() => void) | undefined;

  constructor(
    private readonly config: RabbitConfig,
    private readonly failed: FailedQueue,
  ) {
    super({
      urls: [config.url],
      queue: config.queue,
      queueOptions: queueOptions(config),
      exchange: config.exchange,
      exchangeType: 'direct',
      routingKey: config.routingKey,
      noAck: false,
      persistent: true,
      prefetchCount: config.prefetch,
      socketOptions: {
        heartbeatIntervalInSeconds: config.heartbeatSeconds,
        reconnectTimeInSeconds: config.reconnectSeconds,
      },
    });
    this.seat = new ConsumerSeat({
      queue: config.queue,
      prefetch: config.prefetch,
      exclusive: config.topology === 'classic',
      prepare: (channel) => this.setupChannel(channel),
      // What waits for its turn is bounded by the prefetch.
      onMessage: (message, window) =>
        void this.turns.run(message.content.length, () => void this.take(message, window)),
      onState: (state, cause) => this.tell({ state, ...(cause !== undefined && { cause }) }),
    });
  }

  /** What readiness and operators are told; never throws. */
  get intake(): RabbitStatus {
    return this.current;
  }

  /** Returns at once: the app serves its other doors while the broker is away. */
  override async start(callback?: (error?: unknown) => void): Promise<void> {
    const manager = await this.createClient<AmqpConnectionManager>();
    this.server = manager;
    manager.on('connect', () => {
      this._status$.next('connected' as RmqStatus);
      this.tell({ connected: true, state: 'connecting' });
      void this.seat.occupy(manager.connection!);
    });
    manager.on('disconnect', ({ err }) => this.lost(err));
    manager.on('connectFailed', ({ err }) => this.lost(err));
    manager.on('blocked', ({ reason }) => this.tell({ cause: `blocked by the broker: ${reason}` }));
    manager.on('unblocked', () => this.tell({}));
    callback?.();
  }

  override async setupChannel(channel: Channel): Promise<void> {
    await assertTopology(channel, this.config);
  }

  /** Stops taking messages, lets those in hand settle, and gives the rest back in order. */
  override async close(): Promise<void> {
    this.tell({ state: 'stopping' });
    this.seat.abandon();
    if (this.inFlight > 0) await atMost(DRAIN_MS, new Promise<void>((resolve) => (this.whenIdle = resolve)));
    await this.seat.leave();
    await atMost(CLOSE_MS, (this.server as AmqpConnectionManager | null)?.close());
  }

  private async take(message: ConsumeMessage, window: AckWindow): Promise<void> {
    if (window.signal.aborted) return;
    this.inFlight++;
    try {
      const outcome = await this.decide(message, window.signal);
      if (outcome === 'leave') return;
      const { deliveryTag } = message.fields;
      // The broker has it and moves it itself: to send it there again would keep it in memory, several times over.
      if (outcome !== 'ack' && isHuge(message)) window.refuse(deliveryTag);
      else if (outcome === 'ack' || (await this.setAside(message, outcome, window.signal)))
        window.settle(deliveryTag);
    } finally {
      if (--this.inFlight === 0) this.whenIdle?.();
    }
  }

  private async decide(message: ConsumeMessage, signal: AbortSignal): Promise<Outcome> {
    const context = new RmqContext([message, this.channel as Channel, COSMO_MESSAGE]);
    try {
      // The look-up parses the pattern as JSON and fails on it; once is enough.
      this.handler ??= this.getHandlerByPattern(COSMO_MESSAGE);
      if (!this.handler) return 'leave';
      const delivery = toDelivery(message, signal);
      const answer = this.transformToObservable(await this.handler(delivery, context));
      return (await lastValueFrom(answer)) as Outcome;
    } catch (error) {
      // A message that breaks its handler would break it again, and everything behind it would wait.
      const fault = toParleyError(error);
      this.logger.error(fault);
      return { dead: fault.code, error: fault.message };
    }
  }

  /** @returns false when the consumer stopped before the failed queue had it */
  private async setAside(
    message: ConsumeMessage,
    dead: Exclude<Outcome, string>,
    signal: AbortSignal,
  ): Promise<boolean> {
    while (!signal.aborted) {
      try {
        await this.failed.add(message, dead.dead, dead.error);
        return true;
      } catch (error) {
        this.logger.warn(`unable to set a message aside, trying again; ${(error as Error).message}`);
        await new Promise((resolve) => setTimeout(resolve, DEAD_RETRY_MS));
      }
    }
    return false;
  }

  private lost(error: Error | undefined): void {
    this._status$.next('disconnected' as RmqStatus);
    this.tell({ connected: false, state: 'connecting', cause: error?.message ?? 'connection lost' });
  }

  /** Logs changes only: an outage of an hour is two lines. */
  private tell(change: Omit<Partial<RabbitStatus>, 'since'>): void {
    const { cause: _, since, ...rest } = this.current;
    const next: RabbitStatus = { ...rest, ...change, since };
    if (this.current.state === 'stopping') next.state = 'stopping';
    if (
      next.connected === this.current.connected &&
      next.state === this.current.state &&
      next.cause === this.current.cause
    )
      return;
    this.current = { ...next, since: Date.now() };
    const line = `RabbitMQ intake: ${next.state}${next.cause ? ` (${next.cause})` : ''}`;
    if (next.state === 'fault' || (!next.connected && next.state !== 'stopping')) this.logger.warn(line);
    else this.logger.log(line);
  }
}

const isHuge = ({ content }: ConsumeMessage): boolean => content.length > LIMITS.broker_body_bytes;
