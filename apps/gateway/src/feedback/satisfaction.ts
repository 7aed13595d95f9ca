// The satisfaction score as metrics, read when somebody scrapes, and now and then when nobody does: reading forgets what is too old.
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { FeedbackStore } from '#runs';
import { Metrics } from '#telemetry';

const HOUR_MS = 3_600_000;

@Injectable()
export class SatisfactionMetrics implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: FeedbackStore,
    private readonly metrics: Metrics,
  ) {
    metrics.beforeScrape(() => this.refresh());
  }

  onApplicationBootstrap(): void {
    // Without Redis the next hour does it.
    this.timer = setInterval(() => void this.refresh().catch(() => undefined), HOUR_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async refresh(): Promise<void> {
    const all = await this.store.satisfaction();
    const { satisfaction, feedback } = this.metrics;
    // What has left the window must not stay in the gauge.
    satisfaction.reset();
    feedback.reset();
    for (const { source, count, mean } of all) {
      satisfaction.set({ source }, mean);
      feedback.set({ source }, count);
    }
  }
}
