// One watched channel: applies events in order, each once, from hints when they fit and from the log when
// they do not. Knows the open run; knows nothing of who listens or how it is shown to them.
import { channelKey, type ChannelRef, type ResetFrame } from '#contracts';
import { NEW_EPOCH, PAGE_EVENTS, type EventLog, type Page } from './event-log.js';
import type { LiveHint } from './live-hint.js';
import { LogEntry } from './log-entry.js';
import { reduceRun, type RunView } from './run-view.js';

export type ResetReason = ResetFrame['reason'];

export interface FeedListener {
  /** A new event, before the feed's own view of the run knows it: the shortest way out. */
  appended(entry: LogEntry): void;
  /** The same event, after `feed.run` has taken it in; `before` is the view without it. */
  viewed(entry: LogEntry, before: RunView | undefined): void;
  /** Everything seen so far is void; the feed stands at its new epoch and tip. */
  reset(reason: ResetReason): void;
}

export interface FeedCounts {
  heals: number;
  resets: number;
}

export class ChannelFeed {
  readonly chk: string;
  readonly listeners = new Set<FeedListener>();
  epoch = NEW_EPOCH;
  tip = 0;
  /** Oldest readable offset when somebody last looked; see {@link locate}. */
  first = 1;
  run: RunView | undefined;
  private busy = false;
  private working: Promise<void> = Promise.resolve();
  private again = false;

  constructor(
    readonly ref: ChannelRef,
    private readonly log: EventLog,
    private readonly counts: FeedCounts,
  ) {
    this.chk = channelKey(ref);
  }

  /** Takes up the channel where it stands; the open run is rebuilt from its start. */
  async open(): Promise<void> {
    await this.exclusively(() => this.load());
  }

  hint({ epoch, offset, json }: LiveHint): void {
    if (this.busy) {
      this.again = true;
    } else if (epoch === this.epoch && offset <= this.tip) {
      return;
    } else if (offset === this.tip + 1 && (epoch === this.epoch || this.epoch === NEW_EPOCH)) {
      this.epoch = epoch;
      this.apply(new LogEntry(epoch, offset, json));
    } else {
      void this.heal();
    }
  }

  /**
   * Compares with the log and takes what is missing. Out of reach is not an error here: the next check
   * tries again. Resolves when everything that was in the log at the call has been applied.
   */
  heal(): Promise<void> {
    if (this.busy) {
      this.again = true;
      return this.working;
    }
    this.counts.heals++;
    return this.exclusively(() => this.pull()).catch(() => undefined);
  }

  /** Looks how far back the log still reaches, for those who must be told. */
  async locate(): Promise<void> {
    const { epoch, first } = await this.log.bounds(this.chk);
    if (epoch === this.epoch) this.first = first;
  }

  /** For a channel whose data are gone, so that no page of the log can tell: begins anew with what is there. */
  async lost(reason: ResetReason): Promise<void> {
    if (this.busy) await this.working;
    else await this.exclusively(() => this.restart(reason));
  }

  private exclusively(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    const working = this.untilQuiet(work);
    // Those who wait for it do not care how it ended; who started it does.
    this.working = working.catch(() => undefined);
    return working;
  }

  private async untilQuiet(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      while (this.again) {
        this.again = false;
        await this.pull();
      }
    } finally {
      this.busy = false;
      this.again = false;
    }
  }

  private async load(): Promise<void> {
    const bounds = await this.log.bounds(this.chk);
    const start = bounds.openRunStart;
    let run: RunView | undefined;
    let tip = start === undefined ? bounds.tip : start - 1;
    while (tip < bounds.tip) {
      const page = await this.log.page(this.chk, tip);
      if (page.epoch !== bounds.epoch || page.entries[0]?.offset !== tip + 1) break;
      for (const entry of page.entries) run = reduceRun(run, entry.event, entry.offset);
      tip = page.entries.at(-1)!.offset;
    }
    this.epoch = bounds.epoch;
    this.tip = Math.max(tip, bounds.tip);
    this.first = bounds.first;
    this.run = run;
  }

  private async pull(): Promise<void> {
    let page: Page;
    do {
      page = await this.log.page(this.chk, this.tip);
      const reason = this.breach(page);
      if (reason !== undefined) return this.restart(reason);
      if (page.epoch === NEW_EPOCH) return;
      this.epoch = page.epoch;
      for (const entry of page.entries) this.apply(entry);
    } while (page.entries.length === PAGE_EVENTS);
  }

  private breach(page: Page): ResetReason | undefined {
    const before = this.epoch;
    // An unused channel that was idle long enough loses its hash; that alone takes nothing from anybody.
    if (page.epoch === NEW_EPOCH) return undefined;
    if (before !== NEW_EPOCH && page.epoch !== before) return 'epoch_changed';
    const next = page.entries[0]?.offset ?? page.tip + 1;
    return next > this.tip + 1 ? 'cursor_too_old' : undefined;
  }

  private async restart(reason: ResetReason): Promise<void> {
    await this.load();
    this.counts.resets++;
    for (const listener of this.listeners) listener.reset(reason);
  }

  private apply(entry: LogEntry): void {
    this.tip = entry.offset;
    for (const listener of this.listeners) listener.appended(entry);
    const before = this.run;
    this.run = reduceRun(before, entry.event, entry.offset);
    for (const listener of this.listeners) listener.viewed(entry, before);
  }
}
