// One client's place in one channel. Live, it is handed what everybody gets; behind, it reads the log from
// its own offset until it has caught up. Switching between the two loses nothing and repeats nothing.
import { setTimeout as delay } from 'node:timers/promises';
import { PAGE_EVENTS, type ChannelFeed, type LogEntry, type Page, type ResetReason } from '#event-log';
import type { Outlet, Resumable } from './outlet.js';
import type { Rendered } from './render/rendered.js';
import type { Wrap } from './render/wrap.js';

const RETRY_MS = 250;
const SMALLEST_PAGE = 4;

export type Format = 'delta' | 'cumulative';

export interface SubscriptionOptions {
  format: Format;
  wrap: Wrap;
  /** Only the events of this run. */
  runId?: string | undefined;
}

/** Shared by the subscriptions of one kind; plain numbers, because they change with every token. */
export interface SubscriptionCounts {
  sent: number;
  /** Intermediate text frames left out. */
  skipped: number;
}

/** Where its events come from, see `Broadcast`. */
export interface Source {
  readonly feed: ChannelFeed;
  page(after: number, limit: number): Promise<Page>;
  /** Shows one entry to one that is behind. */
  replay(entry: LogEntry, subscription: Subscription): void;
  /** It has caught up. */
  joined(subscription: Subscription): void;
  restart(subscription: Subscription, reason: ResetReason): void;
}

export class Subscription implements Resumable {
  readonly format: Format;
  readonly wrap: Wrap;
  readonly runId: string | undefined;
  /** Last offset that was dealt with; meaningful while not live. */
  offset = 0;
  live = false;
  /** The text moved on while nothing could be pushed. */
  owesText = false;
  closed = false;
  /** Gives the place in the broadcast back; set with the attachment. */
  onClose: (() => void) | undefined;
  private source: Source | undefined;
  private reading = false;
  private held = false;
  private turn = 0;
  private pageEvents = PAGE_EVENTS;

  constructor(
    readonly outlet: Outlet,
    options: SubscriptionOptions,
    private readonly counts: SubscriptionCounts,
  ) {
    this.format = options.format;
    this.wrap = options.wrap;
    this.runId = options.runId;
  }

  /** From now on behind, from `offset`; catches up by itself. */
  begin(source: Source, offset: number): void {
    this.hold(source);
    this.offset = offset;
    this.held = false;
    this.resume();
  }

  /** Nothing is sent until `begin` or `join`. @returns a mark that tells whether anything came between */
  hold(source: Source): number {
    this.source = source;
    this.live = false;
    this.held = true;
    return ++this.turn;
  }

  isAt(turn: number): boolean {
    return !this.closed && turn === this.turn;
  }

  /** From now on at the tip. */
  join(source: Source): void {
    this.source = source;
    this.turn++;
    this.held = false;
    this.live = true;
  }

  /**
   * Hands over what everybody gets. A client that does not read falls behind instead.
   * @param offset of the event that it renders
   * @param isText an intermediate text frame, which a later one makes superfluous
   */
  push(rendered: Rendered, offset: number, isText = false): void {
    if (isText && (!this.live || this.outlet.blocked)) this.counts.skipped++;
    if (!this.live) return;
    if (this.outlet.blocked) {
      this.fallBehind(isText ? offset : offset - 1, isText);
      return;
    }
    this.send(rendered);
  }

  send(rendered: Rendered): void {
    this.counts.sent++;
    this.outlet.send(rendered.as(this.wrap));
  }

  isFor(runId: string): boolean {
    return this.runId === undefined || this.runId === runId;
  }

  /** Parses the event only where a run was asked for. */
  wants(entry: LogEntry): boolean {
    return this.runId === undefined || this.isFor(entry.event.run_id);
  }

  resume(): void {
    if (!this.reading && !this.closed && !this.live && !this.held) void this.catchUp();
  }

  close(): void {
    this.closed = true;
    this.live = false;
    this.outlet.forget(this);
  }

  private fallBehind(offset: number, owesText: boolean): void {
    this.live = false;
    this.offset = offset;
    this.owesText = owesText;
    this.outlet.whenDrained(this);
  }

  private async catchUp(): Promise<void> {
    this.reading = true;
    while (!this.closed && !this.live && !this.held) {
      if (this.outlet.blocked) {
        this.outlet.whenDrained(this);
        break;
      }
      try {
        await this.step(this.source!);
      } catch {
        // Redis is out of reach; the socket stays, and what it missed is read later.
        await delay(RETRY_MS, undefined, { ref: false });
      }
    }
    this.reading = false;
  }

  private async step(source: Source): Promise<void> {
    const { feed } = source;
    if (this.offset >= feed.tip) {
      this.join(source);
      source.joined(this);
      return;
    }
    const turn = this.turn;
    const page = await source.page(this.offset, this.pageEvents);
    // Meanwhile it may have been closed, or sent somewhere else by a reset.
    if (!this.isAt(turn)) return;
    if (page.epoch !== feed.epoch) {
      // The feed finds out the same and then resets everybody, this one included.
      await feed.heal();
    } else if (page.entries[0]?.offset === this.offset + 1) {
      this.take(source, page.entries);
    } else if (feed.run && this.offset >= feed.run.start_offset - 1) {
      // Events of an open run are never trimmed: the log itself is gone, for everybody.
      await feed.lost('cursor_too_old');
    } else {
      await feed.locate();
      if (this.isAt(turn)) source.restart(this, 'cursor_too_old');
    }
  }

  private take(source: Source, entries: readonly LogEntry[]): void {
    const before = this.offset;
    for (const entry of entries) {
      // What the feed has not seen yet comes to everybody in a moment.
      if (entry.offset > source.feed.tip || this.outlet.blocked) break;
      this.offset = entry.offset;
      if (this.wants(entry)) source.replay(entry, this);
    }
    // A client that takes little at a time should not cost a whole page of the log each time.
    const taken = this.offset - before;
    this.pageEvents = Math.min(PAGE_EVENTS, Math.max(SMALLEST_PAGE, 2 * taken));
  }
}
