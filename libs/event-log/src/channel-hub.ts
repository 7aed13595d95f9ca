// All channels that this process watches, over one subscription to the live hints of every shard. Pub/sub
// may lose or delay a hint, so every few seconds all positions are compared, and after a reconnect all
// feeds heal. Knows feeds; knows nothing of who listens.
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { channelKey, type ChannelRef } from '#contracts';
import { StateRedis } from '#redis';
import { ChannelFeed, type FeedListener } from './channel-feed.js';
import { EventLog, NEW_EPOCH } from './event-log.js';
import { readHints } from './live-hint.js';

/** How long a lost hint can stay unnoticed, and how long a feed outlives its last listener at least. */
const CHECK_MS = 5_000;

interface Watched {
  feed: ChannelFeed;
  opened: Promise<void>;
  idleChecks: number;
}

@Injectable()
export class ChannelHub implements OnApplicationShutdown {
  /** For metrics: lines and feeds since the start of the process. */
  readonly counts = { hints: 0, heals: 0, resets: 0 };
  private readonly watched = new Map<string, Watched>();
  private subscriber: Redis | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly redis: StateRedis,
    private readonly log: EventLog,
  ) {}

  get feeds(): number {
    return this.watched.size;
  }

  /**
   * Follows a channel from its present position; the listener hears of everything after `feed.tip`.
   * @throws ParleyError `state_unavailable`
   */
  async watch(ref: ChannelRef, listener: FeedListener): Promise<ChannelFeed> {
    this.start();
    const chk = channelKey(ref);
    let watched = this.watched.get(chk);
    if (watched === undefined) {
      const feed = new ChannelFeed(ref, this.log, this.counts);
      watched = { feed, opened: feed.open(), idleChecks: 0 };
      // Registered before it is opened: a hint that comes meanwhile makes it look again.
      this.watched.set(chk, watched);
    }
    try {
      await watched.opened;
    } catch (error) {
      if (this.watched.get(chk) === watched) this.watched.delete(chk);
      throw error;
    }
    // Opening took so long that the check has let go of it.
    if (this.watched.get(chk) !== watched) return this.watch(ref, listener);
    watched.idleChecks = 0;
    watched.feed.listeners.add(listener);
    return watched.feed;
  }

  /** The feed itself stays a little while, for the client that comes back at once. */
  release(feed: ChannelFeed, listener: FeedListener): void {
    feed.listeners.delete(listener);
  }

  /** Compares every feed with its log; runs by itself every 5 s. */
  async check(): Promise<void> {
    const all = [...this.watched.values()];
    for (const watched of all) {
      if (watched.feed.listeners.size > 0) watched.idleChecks = 0;
      else if (++watched.idleChecks > 1) this.watched.delete(watched.feed.chk);
    }
    const feeds = all.map(({ feed }) => feed);
    const positions = await this.log.positions(feeds.map(({ chk }) => chk));
    for (const [i, feed] of feeds.entries()) {
      const { epoch, tip } = positions[i]!;
      if (epoch === NEW_EPOCH) await this.checkVanished(feed);
      else if (epoch !== feed.epoch || tip > feed.tip) void feed.heal();
    }
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.subscriber?.disconnect();
    this.watched.clear();
  }

  /**
   * No hash: the channel expired in silence, unless a run was open, which keeps it, or Redis is another one
   * than before; then it was lost.
   */
  private async checkVanished(feed: ChannelFeed): Promise<void> {
    if (feed.epoch === NEW_EPOCH) return;
    const generation = feed.epoch.slice(feed.epoch.lastIndexOf('.') + 1);
    if (feed.run !== undefined || generation !== String(this.redis.generation))
      await feed.lost('epoch_changed');
  }

  private start(): void {
    if (this.subscriber) return;
    const topics = this.redis.keys.all().map((shard) => shard.live);
    const subscriber = (this.subscriber = this.redis.duplicate());
    subscriber.on('message', (_topic: string, message: string) => this.take(message));
    // Only once Redis has confirmed the subscription is anything after it certain to be heard.
    subscriber.on('ready', () => {
      subscriber.subscribe(...topics).then(
        () => this.healAll(),
        () => undefined, // the connection broke again; the next 'ready' subscribes
      );
    });
    // Out of reach is no fault of the feeds: the next check comes anyway.
    this.timer = setInterval(() => void this.check().catch(() => undefined), CHECK_MS);
    this.timer.unref();
  }

  private take(message: string): void {
    readHints(
      message,
      (chk) => this.watched.has(chk),
      (hint) => {
        this.counts.hints++;
        this.watched.get(hint.chk)?.feed.hint(hint);
      },
    );
  }

  private healAll(): void {
    for (const { feed } of this.watched.values()) void feed.heal();
  }
}
