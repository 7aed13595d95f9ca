// One channel's subscribers: renders each event once per format and hands it to all of them. Knows the feed
// and the subscriptions; knows nothing of sockets, actions or access.
import { isRunEnded, type Cursor } from '#contracts';
import type { ChannelFeed, EventLog, FeedListener, LogEntry, Page, ResetReason, RunView } from '#event-log';
import type { Metrics } from '#telemetry';
import { Entrance, type Announce } from './entrance.js';
import { ChannelRenderer } from './render/channel-renderer.js';
import { RenderedLine, type Rendered } from './render/rendered.js';
import type { Source, Subscription } from './subscription.js';
import { TextThrottle } from './text-throttle.js';

export class Broadcast implements FeedListener, Source {
  feed!: ChannelFeed;
  /** Told of every run whose end was handed out. */
  onEnd: ((runId: string) => void) | undefined;
  readonly renderer: ChannelRenderer;
  private readonly entrance: Entrance;
  private readonly deltas = new Set<Subscription>();
  private readonly texts = new Set<Subscription>();
  private readonly throttle = new TextThrottle(() => this.showText());
  private readonly reading = new Map<string, Promise<Page>>();

  constructor(
    channel: string,
    private readonly log: EventLog,
    metrics: Metrics,
  ) {
    this.renderer = new ChannelRenderer(channel);
    this.entrance = new Entrance(this, log, metrics);
  }

  get size(): number {
    return this.deltas.size + this.texts.size;
  }

  /** Without a cursor: the open run so far, then live. With one: everything after it, or an explicit reset. */
  async add(subscription: Subscription, cursor: Cursor | undefined, announce: Announce): Promise<void> {
    const { feed } = this;
    if (cursor && this.entrance.doubts(cursor)) {
      // Another replica may have been faster; only the log can say that a cursor is from nowhere.
      await feed.heal();
      await feed.locate();
      if (subscription.closed) return;
    }
    if (subscription.format === 'delta') {
      this.deltas.add(subscription);
    } else {
      if (this.texts.size === 0) this.throttle.begin(feed.run?.text.length);
      this.texts.add(subscription);
    }
    this.entrance.enter(subscription, cursor, announce);
  }

  remove(subscription: Subscription): void {
    subscription.close();
    this.deltas.delete(subscription);
    this.texts.delete(subscription);
    if (this.texts.size === 0) this.throttle.stop();
  }

  appended(entry: LogEntry): void {
    if (this.deltas.size === 0) return;
    this.publish(this.deltas, this.renderer.delta(entry), entry);
  }

  viewed(entry: LogEntry, before: RunView | undefined): void {
    const { event } = entry;
    if (isRunEnded(event)) this.onEnd?.(event.run_id);
    if (this.texts.size === 0) return;
    const { run } = this.feed;
    const own = run?.run_id === event.run_id;
    if (event.type === 'output_text.delta') {
      if (!own) return;
      if (before?.text_offset === 0) {
        this.throttle.begin();
        this.publish(this.texts, this.renderer.responding(run, entry.epoch), entry);
      }
      this.throttle.grew(run.text.length);
    } else if (event.type === 'run.reset') {
      if (own) this.throttle.shrank(run.text.length);
    } else {
      if (isRunEnded(event) && before?.run_id === event.run_id) this.throttle.stop();
      const frame = this.renderer.event(entry, before);
      if (frame) this.publish(this.texts, frame, entry);
    }
  }

  reset(reason: ResetReason): void {
    this.throttle.stop();
    this.throttle.begin(this.feed.run?.text.length);
    for (const subscription of this.subscribers()) this.restart(subscription, reason);
  }

  /** The way back in for one whose place in the log is gone. */
  restart(subscription: Subscription, reason: ResetReason): void {
    this.entrance.restart(subscription, reason);
  }

  /** A page of the log; those who ask for the same at the same time, as after a restart, cost one read. */
  page(after: number, limit: number): Promise<Page> {
    const key = `${after}/${limit}`;
    let reading = this.reading.get(key);
    if (!reading) {
      reading = this.log.page(this.feed.chk, after, limit).finally(() => this.reading.delete(key));
      this.reading.set(key, reading);
    }
    return reading;
  }

  /** A frame from outside that is not in the log; who does not read misses it. */
  relay(json: string): void {
    const rendered = new RenderedLine(this.renderer.channel, json, 'relay');
    for (const subscription of this.subscribers())
      if (!subscription.outlet.blocked) subscription.send(rendered);
  }

  /** One event out of the log for one subscriber that is behind. */
  replay(entry: LogEntry, subscription: Subscription): void {
    if (subscription.format === 'delta') {
      subscription.send(this.renderer.delta(entry));
      return;
    }
    const { event } = entry;
    const { run } = this.feed;
    if (event.type === 'output_text.delta' || event.type === 'run.reset') {
      // Of a text that is behind only its newest form is of use; `joined` shows it.
      subscription.owesText ||= run?.run_id === event.run_id;
      if (run && entry.offset === run.text_offset)
        subscription.send(this.renderer.responding(run, entry.epoch));
      return;
    }
    const frame = this.renderer.event(entry, run);
    if (frame) subscription.send(frame);
  }

  /** A subscriber that was behind is live again. */
  joined(subscription: Subscription): void {
    const { run, epoch, tip } = this.feed;
    if (subscription.owesText && run && run.text_offset > 0 && subscription.isFor(run.run_id))
      subscription.send(this.renderer.text(run, epoch, tip));
    subscription.owesText = false;
  }

  private showText(): void {
    const { run, epoch, tip } = this.feed;
    if (!run) return;
    const rendered = this.renderer.text(run, epoch, tip);
    for (const subscription of this.texts)
      if (subscription.isFor(run.run_id)) subscription.push(rendered, tip, true);
  }

  private publish(to: ReadonlySet<Subscription>, rendered: Rendered, entry: LogEntry): void {
    for (const subscription of to) if (subscription.wants(entry)) subscription.push(rendered, entry.offset);
  }

  private subscribers(): Iterable<Subscription> {
    return [...this.deltas, ...this.texts];
  }
}
