// Asks every process whether it is ready, again and again, and notes the answer beside what is true of Redis.
import type { Recorder } from '../history/recorder.js';
import type { AppProcess } from '../rig/app-process.js';
import type { Rig } from '../rig/rig.js';

const PERIOD_MS = 700;

export class HealthWatch {
  private readonly timer: NodeJS.Timeout;
  private readonly asking = new Set<string>();

  constructor(
    private readonly rig: Rig,
    private readonly recorder: Recorder,
  ) {
    this.timer = setInterval(() => this.look(), PERIOD_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    for (const app of this.rig.apps) {
      // A process that starts, is frozen or is gone says nothing about Redis.
      if (!app.live || !app.alive || app.frozen || this.asking.has(app.name)) continue;
      void this.ask(app);
    }
  }

  private async ask(app: AppProcess): Promise<void> {
    const redis = this.rig.redisTruth;
    this.asking.add(app.name);
    const seen = await app.sees();
    this.asking.delete(app.name);
    if (seen === undefined) return;
    const same = redis === this.rig.redisTruth && app.live && app.alive && !app.frozen;
    this.recorder.note({
      op: 'health',
      app: app.name,
      ready: seen.redis,
      provider: seen.provider,
      redis: same ? redis : 'changing',
    });
  }
}
