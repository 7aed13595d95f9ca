// Where a subscriber begins: at the open run, after its cursor, or, when that cannot be served, with an
// explicit reset and what can still be shown. Sends what belongs there; what follows is the broadcast's.
import { formatCursor, isRunEnded, type Cursor, type ResetFrame } from '#contracts';
import { NEW_EPOCH, type EventLog, type ResetReason, type RunView } from '#event-log';
import type { Metrics } from '#telemetry';
import type { ChannelRenderer } from './render/channel-renderer.js';
import { RenderedLine } from './render/rendered.js';
import type { Source, Subscription } from './subscription.js';

/** Told the cursor from which a subscription goes on, before anything is sent. */
export type Announce = (cursor: string) => void;

/** How far back a reset looks for the newest finished run to show. */
const SNAPSHOT_EVENTS = 64;

/** The channel that it leads into. */
interface Inside extends Source {
  readonly renderer: ChannelRenderer;
}

export class Entrance {
  constructor(
    private readonly inside: Inside,
    private readonly log: EventLog,
    private readonly metrics: Metrics,
  ) {}

  /** A cursor from nowhere by what is known here; another replica may know more. */
  doubts(cursor: Cursor): boolean {
    return this.fault(cursor) !== undefined;
  }

  enter(subscription: Subscription, cursor: Cursor | undefined, announce: Announce): void {
    if (cursor === undefined) return this.snapshot(subscription, announce);
    const { epoch, tip } = this.inside.feed;
    const fault = this.fault(cursor);
    announce(formatCursor({ epoch, offset: fault === undefined ? cursor.offset : tip }));
    if (fault === undefined) subscription.begin(this.inside, cursor.offset);
    else this.restart(subscription, fault);
  }

  /** Says that what the client holds is void, then shows the open run, or else the newest finished one. */
  restart(subscription: Subscription, reason: ResetReason): void {
    const { epoch, tip, first, run } = this.inside.feed;
    const { channel } = this.inside.renderer;
    this.metrics.resets.inc({ reason });
    const reset: ResetFrame = { type: 'reset', channel, reason, epoch, first_offset: first, offset: tip };
    subscription.send(new RenderedLine(channel, JSON.stringify(reset), 'reset', { epoch, offset: tip }));
    if (run) this.snapshot(subscription);
    else void this.showNewest(subscription, tip);
  }

  private fault({ epoch, offset }: Cursor): ResetReason | undefined {
    const { feed } = this.inside;
    // Offset 0 of a channel that was unused then is the beginning of whatever came.
    if (epoch !== feed.epoch && !(epoch === NEW_EPOCH && offset === 0)) return 'epoch_changed';
    return offset > feed.tip ? 'cursor_ahead' : undefined;
  }

  private snapshot(subscription: Subscription, announce?: Announce): void {
    const { epoch, tip, run } = this.inside.feed;
    const shown = run && subscription.isFor(run.run_id) ? run : undefined;
    if (subscription.format === 'delta' && shown) {
      announce?.(formatCursor({ epoch, offset: shown.start_offset - 1 }));
      subscription.begin(this.inside, shown.start_offset - 1);
      return;
    }
    announce?.(formatCursor({ epoch, offset: tip }));
    if (shown) this.showRun(subscription, shown);
    subscription.join(this.inside);
  }

  private showRun(subscription: Subscription, run: RunView): void {
    const { renderer, feed } = this.inside;
    subscription.send(renderer.started(run, feed.epoch));
    if (run.text_offset === 0) return;
    subscription.send(renderer.responding(run, feed.epoch));
    subscription.send(renderer.text(run, feed.epoch, feed.tip));
  }

  private async showNewest(subscription: Subscription, tip: number): Promise<void> {
    const { feed } = this.inside;
    const turn = subscription.hold(this.inside);
    let from = tip;
    try {
      const { epoch, entries } = await this.log.tail(feed.chk, SNAPSHOT_EVENTS);
      const ended = entries.findLast((entry) => entry.offset <= tip && isRunEnded(entry.event));
      if (ended && epoch === feed.epoch) from = ended.offset - 1;
    } catch {
      // Out of reach: the reset stands alone, and what comes later is delivered as usual.
    }
    if (subscription.isAt(turn)) subscription.begin(this.inside, from);
  }
}
