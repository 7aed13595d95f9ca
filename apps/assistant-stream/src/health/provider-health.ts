// The provider as a part of health. While it is away messages are accepted and wait, so it only degrades.
import { Injectable } from '@nestjs/common';
import { ModelHealth } from '#openai';
import { ProviderGate } from '#runs';
import { HealthRegistry, Metrics, type PartStatus } from '#telemetry';

const CIRCUIT = { closed: 0, half_open: 1, open: 2 } as const;

@Injectable()
export class ProviderHealth {
  private seen: PartStatus = { status: 'degraded', cause: 'not asked yet' };

  constructor(
    private readonly models: ModelHealth,
    private readonly gate: ProviderGate,
    health: HealthRegistry,
    metrics: Metrics,
  ) {
    health.register('openai', { critical: false, check: () => this.check() });
    metrics.beforeScrape(() => metrics.circuit.set({ profile: 'default' }, CIRCUIT[this.gate.view().status]));
  }

  private check(): PartStatus {
    const circuit = this.gate.view();
    if (circuit.status !== 'closed')
      return { status: 'degraded', cause: `circuit ${circuit.status}: ${circuit.reason ?? 'failing'}` };
    // The provider may take seconds to answer; the answer counts from the next look on.
    void this.ask();
    return this.seen;
  }

  private async ask(): Promise<void> {
    const { ok, reason } = await this.models.check();
    this.seen = ok ? { status: 'up' } : { status: 'degraded', cause: reason ?? 'no answer' };
  }
}
