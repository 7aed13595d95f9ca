// Keeps a claimed document alive while it is worked on, tells its watchers what happens in batches, and hears of a cancel.
import { ParleyError } from '#contracts';
import type { DocumentEvent, DocumentProgress } from './document-job.js';
import type { DocumentJobs } from './document-jobs.js';

/** Between two writes: what a watcher may be late by. */
const FLUSH_MS = 150;
/** Without anything to tell. */
const RENEW_MS = 2_000;

export class JobWatch {
  private readonly stopping = new AbortController();
  private pending: DocumentEvent[] = [];
  private latest: DocumentProgress | undefined;
  private writing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private renewed = 0;
  lost = false;
  cancelled = false;

  constructor(
    private readonly jobs: DocumentJobs,
    private readonly id: string,
    private readonly owner: string,
  ) {
    this.arm();
  }

  /** Aborted when the document is cancelled or belongs to another. */
  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  tell(event: DocumentEvent): void {
    const last = this.pending.at(-1);
    if (event.type === 'text' && last?.type === 'text') last.delta += event.delta;
    else this.pending.push({ ...event });
  }

  progress(progress: DocumentProgress): void {
    this.latest = progress;
  }

  /** Writes what there is. @throws ParleyError `state_unavailable` */
  async flush(): Promise<void> {
    this.writing = this.writing.catch(() => undefined).then(() => this.write());
    await this.writing;
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.stopping.abort();
  }

  private arm(): void {
    this.timer = setTimeout(() => {
      const due =
        this.pending.length > 0 || this.latest !== undefined || performance.now() - this.renewed > RENEW_MS;
      // Redis may be away for a moment: the lease outlives it, and the next write tells everything.
      const rearm = (): void => {
        if (this.timer !== undefined) this.arm();
      };
      if (due)
        void this.flush()
          .catch(() => undefined)
          .finally(rearm);
      else rearm();
    }, FLUSH_MS);
  }

  private async write(): Promise<void> {
    const { pending, latest } = this;
    this.pending = [];
    this.latest = undefined;
    let answer: Awaited<ReturnType<DocumentJobs['note']>>;
    try {
      answer = await this.jobs.note(this.id, this.owner, latest, pending);
    } catch (error) {
      this.pending = [...pending, ...this.pending];
      this.latest ??= latest;
      throw error;
    }
    this.renewed = performance.now();
    if (answer === 'ok') return;
    if (answer === 'lost') this.lost = true;
    else this.cancelled = true;
    this.stopping.abort(new ParleyError('run_cancelled', 'unable to go on; the document is not wanted here'));
  }
}
