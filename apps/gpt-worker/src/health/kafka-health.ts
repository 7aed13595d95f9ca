// Kafka as a part of readiness: a worker that cannot read requests is not ready.
import { Injectable } from '@nestjs/common';
import { KafkaServer } from '#messaging';
import { HealthRegistry, type PartStatus } from '#telemetry';

@Injectable()
export class KafkaHealth {
  constructor(
    private readonly server: KafkaServer,
    health: HealthRegistry,
  ) {
    health.register('kafka', { critical: true, check: () => this.check() });
  }

  private check(): PartStatus {
    const { connected, cause } = this.server.intake;
    return { status: connected ? 'up' : 'down', ...(cause !== undefined && { cause }) };
  }
}
