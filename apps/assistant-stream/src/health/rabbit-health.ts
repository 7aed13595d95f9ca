// RabbitMQ as a part of readiness: an ingress that cannot take messages in is not ready.
import { Injectable } from '@nestjs/common';
import { RabbitServer } from '#messaging';
import { HealthRegistry, type PartStatus } from '#telemetry';

@Injectable()
export class RabbitHealth {
  constructor(
    private readonly server: RabbitServer,
    health: HealthRegistry,
  ) {
    health.register('rabbitmq', { critical: true, check: () => this.check() });
  }

  private check(): PartStatus {
    const { connected, state, cause } = this.server.intake;
    // A stand-by is ready: another replica consumes, and this one takes over when it goes.
    if (connected && (state === 'consuming' || state === 'standby'))
      return { status: cause === undefined ? 'up' : 'degraded', ...(cause !== undefined && { cause }) };
    return { status: 'down', cause: cause ?? (connected ? state : 'not connected') };
  }
}
