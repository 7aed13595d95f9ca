// The channels that somebody on this process listens to: opened with the first subscriber, let go with the
// last one.
import { Injectable } from '@nestjs/common';
import { channelKey, type ChannelRef, type Cursor } from '#contracts';
import { ChannelHub, EventLog } from '#event-log';
import { Metrics } from '#telemetry';
import { Broadcast } from './broadcast.js';
import { LastFrameTrace } from './last-frame-trace.js';
import type { Outlet } from './outlet.js';
import { Subscription, type SubscriptionCounts, type SubscriptionOptions } from './subscription.js';

interface Opened {
  broadcast: Broadcast;
  ready: Promise<void>;
  /** Subscriptions that were asked for and not taken back. */
  users: number;
}

@Injectable()
export class Broadcasts {
  private readonly opened = new Map<string, Opened>();
  private readonly counts = {
    websocket: { delta: zero(), cumulative: zero() },
    sse: { delta: zero(), cumulative: zero() },
  };

  constructor(
    private readonly hub: ChannelHub,
    private readonly log: EventLog,
    private readonly metrics: Metrics,
    private readonly trace: LastFrameTrace,
  ) {
    metrics.beforeScrape(() => this.report());
  }

  get channels(): number {
    return this.opened.size;
  }

  /** A subscription that does nothing yet; every one must be given back with {@link detach}. */
  create(outlet: Outlet, options: SubscriptionOptions): Subscription {
    return new Subscription(
      outlet,
      options,
      this.counts[options.wrap === 'sse' ? 'sse' : 'websocket'][options.format],
    );
  }

  /**
   * @param announce told the cursor from which this subscription goes on, before anything is sent
   * @throws ParleyError `state_unavailable`
   */
  async attach(
    ref: ChannelRef,
    subscription: Subscription,
    cursor: Cursor | undefined,
    announce: (cursor: string) => void,
  ): Promise<void> {
    const chk = channelKey(ref);
    const opened = this.opened.get(chk) ?? this.open(ref, chk);
    opened.users++;
    subscription.onClose = () => this.leave(chk, opened, subscription);
    await opened.ready;
    if (!subscription.closed) await opened.broadcast.add(subscription, cursor, announce);
  }

  detach(subscription: Subscription): void {
    if (subscription.closed) return;
    subscription.close();
    subscription.onClose?.();
  }

  /** Hands ready-made bytes to everybody who listens to a channel; see Relay. */
  find(chk: string): Broadcast | undefined {
    return this.opened.get(chk)?.broadcast;
  }

  private open(ref: ChannelRef, chk: string): Opened {
    const broadcast = new Broadcast(ref.channel, this.log, this.metrics);
    broadcast.onEnd = (runId) => this.trace.delivered(chk, runId, broadcast.size);
    const ready = this.hub.watch(ref, broadcast).then((feed) => void (broadcast.feed = feed));
    const opened = { broadcast, ready, users: 0 };
    this.opened.set(chk, opened);
    return opened;
  }

  private leave(chk: string, opened: Opened, subscription: Subscription): void {
    opened.broadcast.remove(subscription);
    if (--opened.users > 0) return;
    if (this.opened.get(chk) === opened) this.opened.delete(chk);
    opened.ready.then(
      () => this.hub.release(opened.broadcast.feed, opened.broadcast),
      () => undefined, // never opened, so there is nothing to let go
    );
  }

  private report(): void {
    for (const [kind, forms] of Object.entries(this.counts))
      for (const [form, counts] of Object.entries(forms)) {
        this.metrics.frames.inc({ kind, form }, counts.sent);
        this.metrics.framesSkipped.inc(counts.skipped);
        Object.assign(counts, zero());
      }
  }
}

const zero = (): SubscriptionCounts => ({ sent: 0, skipped: 0 });
