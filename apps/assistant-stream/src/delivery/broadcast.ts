// One channel's subscribers: renders each event once per format and hands it to all of them. Knows the feed
// and the subscriptions; knows nothing of sockets, actions or access.
import {
  formatCursor,
  isRunEnded,
  type Cursor,
  type Frame,
  type ResetFrame,
  type RunEvent,
} from '#contracts';
import {
  NEW_EPOCH,
  type ChannelFeed,
  type EventLog,
  type FeedListener,
  type LogEntry,
  type Page,
  type ResetReason,
  type RunView,
} from '#event-log';
import type { Metrics } from '#telemetry';
import { Rendered, RenderedEntry, RenderedFrame, RenderedLine } from './render/rendered.js';
import {
  placeOf,
  toFinal,
  toInProgress,
  toProcessing,
  toResponding,
  toStarted,
  type FramePlace,
} from './render/to-frame.js';
import type { Subscription } from './subscription.js';
import { TextThrottle } from './text-throttle.js';

/** How far back a reset looks for the newest finished run to show. */
const SNAPSHOT_EVENTS = 64;

export class Broadcast implements FeedListener {
  feed!: ChannelFeed;
  private readonly deltas = new Set<Subscription>();
  private readonly texts = new Set<Subscription>();
  private readonly throttle = new TextThrottle(() => this.showText());
  private readonly reading = new Map<string, Promise<Page>>();
  private readonly channelJson: string;

  constructor(
    private readonly channel: string,
    private readonly log: EventLog,
    private readonly metrics: Metrics,
  ) {
    this.channelJson = JSON.stringify(channel);
  }

  get size(): number {
    return this.deltas.size + this.texts.size;
  }

  subscribers(): Iterable<Subscription> {
    return [...this.deltas, ...this.texts];
  }

  /** Without a cursor: the open run so far, then live. With one: everything after it, or an explicit reset. */
  async add(
    subscription: Subscription,
    cursor: Cursor | undefined,
    announce: (cursor: string) => void,
  ): Promise<void> {
    const { feed } = this;
    if (cursor && (!this.matches(cursor) || cursor.offset > feed.tip)) {
      // Another replica may have been faster; only the log can say that a cursor is from nowhere.
      await feed.heal();
      if (subscription.closed) return;
    }
    const set = subscription.format === 'delta' ? this.deltas : this.texts;
    if (subscription.format === 'cumulative' && set.size === 0) this.throttle.begin(feed.run?.text.length);
    set.add(subscription);
    if (cursor === undefined) this.snapshot(subscription, announce);
    else this.resume(subscription, cursor, announce);
  }

  remove(subscription: Subscription): void {
    subscription.close();
    this.deltas.delete(subscription);
    this.texts.delete(subscription);
    if (this.texts.size === 0) this.throttle.stop();
  }

  appended(entry: LogEntry): void {
    if (this.deltas.size === 0) return;
    const rendered = this.delta(entry);
    for (const subscription of this.deltas)
      if (subscription.runId === undefined || subscription.wants(entry))
        subscription.push(rendered, entry.offset);
  }

  viewed(entry: LogEntry, before: RunView | undefined): void {
    if (this.texts.size === 0) return;
    const { event } = entry;
    const { run } = this.feed;
    const own = run?.run_id === event.run_id;
    if (event.type === 'output_text.delta') {
      if (!own) return;
      if (before?.text_offset === 0) {
        this.throttle.begin();
        this.publish(this.frame(toResponding(run, this.place(entry))), entry);
      }
      this.throttle.grew(run.text.length);
    } else if (event.type === 'run.reset') {
      if (own) this.throttle.shrank(run.text.length);
    } else {
      if (isRunEnded(event) && before?.run_id === event.run_id) this.throttle.stop();
      const frame = this.frameOf(entry, before);
      if (frame) this.publish(this.frame(frame), entry);
    }
  }

  reset(reason: ResetReason): void {
    this.throttle.stop();
    this.throttle.begin(this.feed.run?.text.length);
    for (const subscription of this.subscribers()) this.restart(subscription, reason);
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

  /** Says that what the client holds is void, then shows the open run, or else the newest finished one. */
  restart(subscription: Subscription, reason: ResetReason): void {
    const { epoch, tip, first } = this.feed;
    this.metrics.resets.inc({ reason });
    const reset: ResetFrame = {
      type: 'reset',
      channel: this.channel,
      reason,
      epoch,
      first_offset: first,
      offset: tip,
    };
    subscription.send(new RenderedLine(this.channel, JSON.stringify(reset), 'reset', { epoch, offset: tip }));
    if (this.feed.run) this.snapshot(subscription);
    else void this.showNewest(subscription, tip);
  }

  /** A frame from outside that is not in the log; who does not read misses it. */
  relay(json: string): void {
    const rendered = new RenderedLine(this.channel, json, 'relay');
    for (const subscription of this.subscribers())
      if (!subscription.outlet.blocked) subscription.send(rendered);
  }

  /** One event out of the log for one subscriber that is behind. */
  replay(entry: LogEntry, subscription: Subscription): void {
    if (subscription.format === 'delta') {
      subscription.send(this.delta(entry));
      return;
    }
    const { event } = entry;
    const { run } = this.feed;
    if (event.type === 'output_text.delta' || event.type === 'run.reset') {
      // Of a text that is behind only its newest form is of use; `joined` shows it.
      subscription.owesText ||= run?.run_id === event.run_id;
      if (run && entry.offset === run.text_offset)
        subscription.send(this.frame(toResponding(run, this.place(entry))));
      return;
    }
    const frame = this.frameOf(entry, run);
    if (frame) subscription.send(this.frame(frame));
  }

  /** A subscriber that was behind is live again. */
  joined(subscription: Subscription): void {
    const { run } = this.feed;
    if (subscription.owesText && run && run.text_offset > 0 && this.isFor(subscription, run))
      subscription.send(this.textFrame(run));
    subscription.owesText = false;
  }

  private resume(subscription: Subscription, cursor: Cursor, announce: (cursor: string) => void): void {
    const { epoch, tip } = this.feed;
    const reason = !this.matches(cursor) ? 'epoch_changed' : cursor.offset > tip ? 'cursor_ahead' : undefined;
    announce(formatCursor({ epoch, offset: reason === undefined ? cursor.offset : tip }));
    if (reason === undefined) subscription.begin(this, cursor.offset);
    else this.restart(subscription, reason);
  }

  /** Offset 0 of a channel that was unused then is the beginning of whatever came. */
  private matches({ epoch, offset }: Cursor): boolean {
    return epoch === this.feed.epoch || (epoch === NEW_EPOCH && offset === 0);
  }

  private snapshot(subscription: Subscription, announce?: (cursor: string) => void): void {
    const { epoch, tip, run } = this.feed;
    const shown = run && this.isFor(subscription, run) ? run : undefined;
    if (subscription.format === 'delta' && shown) {
      announce?.(formatCursor({ epoch, offset: shown.start_offset - 1 }));
      subscription.begin(this, shown.start_offset - 1);
      return;
    }
    announce?.(formatCursor({ epoch, offset: tip }));
    if (shown) this.showRun(subscription, shown);
    subscription.join(this);
  }

  private showRun(subscription: Subscription, run: RunView): void {
    const { epoch } = this.feed;
    const at = (offset: number, ms = Date.now()): FramePlace => ({
      channel: this.channel,
      epoch,
      offset,
      at: ms,
    });
    subscription.send(this.frame(toStarted(run, at(run.start_offset, run.started_at))));
    if (run.text_offset === 0) return;
    subscription.send(this.frame(toResponding(run, at(run.text_offset))));
    subscription.send(this.textFrame(run));
  }

  private async showNewest(subscription: Subscription, tip: number): Promise<void> {
    const turn = subscription.hold(this);
    let from = tip;
    try {
      const { epoch, entries } = await this.log.tail(this.feed.chk, SNAPSHOT_EVENTS);
      const ended = entries.findLast((entry) => entry.offset <= tip && isRunEnded(entry.event));
      if (ended && epoch === this.feed.epoch) from = ended.offset - 1;
    } catch {
      // Out of reach: the reset stands alone, and what comes later is delivered as usual.
    }
    if (subscription.isAt(turn)) subscription.begin(this, from);
  }

  private showText(): void {
    const { run } = this.feed;
    if (!run) return;
    const rendered = this.textFrame(run);
    for (const subscription of this.texts)
      if (this.isFor(subscription, run)) subscription.push(rendered, this.feed.tip, true);
  }

  private publish(rendered: Rendered, entry: LogEntry): void {
    for (const subscription of this.texts)
      if (subscription.wants(entry)) subscription.push(rendered, entry.offset);
  }

  private frameOf(entry: LogEntry, run: RunView | undefined): Frame | undefined {
    const event: RunEvent = entry.event;
    const place = this.place(entry);
    if (event.type === 'run.started') return toStarted(event, place);
    if (event.type === 'tool.started')
      return toProcessing(event, run?.run_id === event.run_id ? run.thread_id : null, place);
    return isRunEnded(event) ? toFinal(event, place) : undefined;
  }

  private place(entry: LogEntry): FramePlace {
    const { event } = entry;
    return placeOf(this.channel, entry, 'at' in event ? event.at : Date.now());
  }

  private textFrame(run: RunView): Rendered {
    const { epoch, tip } = this.feed;
    return this.frame(toInProgress(run, { channel: this.channel, epoch, offset: tip, at: Date.now() }));
  }

  private frame(frame: Frame): Rendered {
    return new RenderedFrame(frame);
  }

  private delta(entry: LogEntry): Rendered {
    return new RenderedEntry(this.channel, entry, this.channelJson);
  }

  private isFor(subscription: Subscription, run: RunView): boolean {
    return subscription.runId === undefined || subscription.runId === run.run_id;
  }
}
