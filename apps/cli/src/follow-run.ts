// Waits for one run on its channel's log and hands over the answer as it grows. Knows neither terminal nor
// command line.
import { isRunEnded, type ChannelRef, type RunEnded } from '#contracts';
import type { ChannelHub, FeedListener, LogEntry, RunView } from '#event-log';

export interface RunWatcher {
  started(thread_id: string): void;
  /** The next piece. */
  text(delta: string): void;
  /** Only this much of the text so far stands. */
  reset(keep: string): void;
}

/** Listens from its creation on, so that nothing is missed of a run that is submitted after it. */
export class FollowedRun implements FeedListener {
  /** Whether a worker has taken up the run, or any run of the channel. */
  alive = false;
  readonly ended: Promise<RunEnded>;
  private resolve!: (event: RunEnded) => void;
  private runId: string | undefined;
  private readonly early: LogEntry[] = [];
  private said = '';

  private constructor(private readonly watcher: RunWatcher) {
    this.ended = new Promise((resolve) => (this.resolve = resolve));
  }

  static async on(hub: ChannelHub, ref: ChannelRef, watcher: RunWatcher): Promise<FollowedRun> {
    const followed = new FollowedRun(watcher);
    await hub.watch(ref, followed);
    return followed;
  }

  /** From now on this run is meant; what came in before its id was known is looked at now. */
  follow(runId: string): void {
    this.runId = runId;
    for (const entry of this.early.splice(0)) this.appended(entry);
  }

  appended(entry: LogEntry): void {
    const { event } = entry;
    if (event.type !== 'run.queued') this.alive = true;
    if (this.runId === undefined) this.early.push(entry);
    if (event.run_id !== this.runId) return;
    if (isRunEnded(event)) return this.resolve(event);
    if (event.type === 'run.started' && event.thread_id !== null) this.watcher.started(event.thread_id);
    if (event.type === 'output_text.delta') {
      this.said += event.delta;
      this.watcher.text(event.delta);
    }
    if (event.type === 'run.reset') {
      this.said = this.said.slice(0, event.keep);
      this.watcher.reset(this.said);
    }
  }

  viewed(_entry: LogEntry, _before: RunView | undefined): void {}

  /** The log was lost in between; the run's own record will tell the end. */
  reset(): void {}
}
