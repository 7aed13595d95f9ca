// Kafka as a part of readiness, and how far reading is behind: a worker that cannot read requests is not ready.
import { Injectable } from '@nestjs/common';
import { KafkaServer } from '#messaging';
import { HealthRegistry, Metrics, type PartStatus } from '#telemetry';

@Injectable()
export class KafkaHealth {
  constructor(
    private readonly server: KafkaServer,
    private readonly metrics: Metrics,
    health: HealthRegistry,
  ) {
    health.register('kafka_broker', { critical: true, check: () => this.check() });
    metrics.beforeScrape(() => this.refresh());
  }

  private check(): PartStatus {
    const { connected, cause } = this.server.intake;
    return { status: connected ? 'up' : 'down', ...(cause !== undefined && { cause }) };
  }

  private async refresh(): Promise<void> {
    const lag = await this.server.lag();
    // What this worker does not read any more is told by another one.
    this.metrics.kafkaLag.reset();
    for (const { topic, partition, records } of lag)
      this.metrics.kafkaLag.set({ topic, partition: String(partition) }, records);
  }
}
