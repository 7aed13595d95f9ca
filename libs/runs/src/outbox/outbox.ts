// Drives the lanes of a process' ways out: as soon as a script has written something, and by the clock for hints that
// got lost and lanes that another process has given up.
import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { Metrics } from '#telemetry';
import { StateRedis } from '#redis';
import { OwnWork } from '../own-work.js';
import { OutboxLane } from './outbox-lane.js';
import type { OutboxSender } from './outbox-sender.js';

/** Provider token of all ways out: an array of {@link OutboxSender}. */
export const OUTBOX_SENDERS = Symbol('outbox senders');

/** Bounds how late a reply may leave whose hint got lost. */
const POLL_MS = 100;
const RETRY_MS = 500;

interface Driven {
  lane: OutboxLane;
  working: Promise<void> | undefined;
  /** Something came while it worked. */
  again: boolean;
  /** Of the monotonic clock: after a failure it is left alone until then. 0 when all is well. */
  retryAt: number;
}

@Injectable()
export class Outbox {
  private readonly logger = new Logger(Outbox.name);
  private readonly lanes: Driven[];
  private timer: NodeJS.Timeout | undefined;
  private subscriber: Redis | undefined;

  constructor(
    private readonly redis: StateRedis,
    private readonly own: OwnWork,
    metrics: Metrics,
    @Optional() @Inject(OUTBOX_SENDERS) senders: readonly OutboxSender[] = [],
  ) {
    const owner = randomUUID();
    this.lanes = redis.keys.all().flatMap((shard) =>
      senders.map((sender) => ({
        lane: new OutboxLane(owner, shard, sender, redis, metrics),
        working: undefined,
        again: false,
        retryAt: 0,
      })),
    );
  }

  start(): void {
    if (this.lanes.length === 0) return;
    this.timer = setInterval(() => {
      for (const driven of this.lanes) this.drive(driven);
    }, POLL_MS);
    this.own.emptiedBy({
      look: () => {
        for (const driven of this.lanes) if (driven.lane.held) this.drive(driven);
      },
      holds: (shard) => this.lanes.find(({ lane }) => lane.shard.index === shard && lane.held)?.lane.kind,
    });
    const byHint = new Map(this.lanes.map((driven) => [driven.lane.hint, driven]));
    this.subscriber = this.redis.duplicate();
    this.subscriber.on('message', (hint: string) => {
      const driven = byHint.get(hint);
      if (driven?.lane.held) this.drive(driven);
    });
    // Resubscribes by itself after a reconnect; failures before the first connection are retried there too.
    this.subscriber.subscribe(...byHint.keys()).catch(() => undefined);
  }

  /** Sends what is there once more, then leaves the lanes to others. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.subscriber?.disconnect();
    await Promise.all(
      this.lanes.map(async (driven) => {
        this.drive(driven);
        await driven.working;
        // A lane that is not given up falls to another process a few seconds later.
        await driven.lane.leave().catch(() => undefined);
      }),
    );
  }

  private drive(driven: Driven): void {
    if (driven.working) {
      driven.again = true;
      return;
    }
    if (performance.now() < driven.retryAt) return;
    driven.working = this.work(driven).finally(() => (driven.working = undefined));
  }

  private async work(driven: Driven): Promise<void> {
    do {
      driven.again = false;
      try {
        await driven.lane.empty();
        driven.retryAt = 0;
      } catch (error) {
        // Once, not at each try.
        if (driven.retryAt === 0) this.logger.warn({ err: error }, 'outbox not emptied; it is tried again');
        driven.retryAt = performance.now() + RETRY_MS;
        return;
      }
    } while (driven.again);
  }
}
