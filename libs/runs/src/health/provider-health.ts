// The provider as a part of health. While it is away messages are accepted and wait, so it only degrades.
import { Injectable } from '@nestjs/common';
import { DEFAULT_PROFILE, ModelHealth } from '#openai';
import { HealthRegistry, Metrics, type PartStatus } from '#telemetry';
import { ProviderGate } from '../worker/provider-gate.js';

const ANSWER_MS = 1_000;
const CIRCUIT = { closed: 0, half_open: 1, open: 2 } as const;

@Injectable()
export class ProviderHealth {
  constructor(
    private readonly models: ModelHealth,
    private readonly gate: ProviderGate,
    health: HealthRegistry,
    metrics: Metrics,
  ) {
    health.register('openai', { critical: false, check: () => this.check() });
    metrics.beforeScrape(() => this.measure(metrics));
  }

  private measure({ circuit }: Metrics): void {
    circuit.reset();
    circuit.set({ profile: DEFAULT_PROFILE, model: '' }, CIRCUIT.closed);
    for (const broken of this.gate.broken()) {
      const [profile = '', model = ''] = broken.circuit.split(' ');
      circuit.set({ profile, model }, CIRCUIT[broken.status]);
    }
  }

  private async check(): Promise<PartStatus> {
    const [broken] = this.gate.broken();
    if (broken) return { status: 'degraded', cause: `circuit ${broken.status}: ${broken.reason}` };
    // Asked seldom and remembered; an answer that takes longer counts from the next look on.
    const health = await Promise.race([this.models.check(), after(ANSWER_MS)]);
    if (health?.ok) return { status: 'up' };
    return { status: 'degraded', cause: health?.reason ?? 'no answer yet' };
  }
}

const after = (ms: number): Promise<undefined> =>
  new Promise((resolve) => setTimeout(() => resolve(undefined), ms).unref());
