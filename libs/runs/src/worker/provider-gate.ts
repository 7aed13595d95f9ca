// The provider's circuit, shared by all workers: while it is open nobody takes up work, and when it is time
// one worker in the cluster takes one run as the probe. The rules are the openai lib's; this keeps the state.
import { Injectable } from '@nestjs/common';
import {
  admits,
  CLOSED_CIRCUIT,
  nextCircuit,
  toCircuitEvent,
  type CircuitEvent,
  type CircuitState,
  type UpstreamError,
} from '#openai';
import { defineScript, StateRedis } from '#redis';

/** KEYS circuit; ARGV profile, state expected ('' = none), new state → 1 when it was as expected */
const SWAP = defineScript(
  'circuit_swap',
  `
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
`,
);

const PROFILE = 'default';
/** How old the view of the shared state may be, ms. */
const FRESH_MS = 500;

type Admission =
  { admit: 'all' } | { admit: 'probe'; probe: number } | { admit: 'none'; retryAt: number; reason?: string };

@Injectable()
export class ProviderGate {
  private json = '';
  private state: CircuitState = CLOSED_CIRCUIT;
  private readAt = 0;

  constructor(private readonly redis: StateRedis) {}

  /** How many runs may be taken up now: all that fit, one as the probe of that number, or none. */
  async admission(): Promise<Admission> {
    await this.refresh();
    const now = Date.now();
    const verdict = admits(this.state, now);
    const reason = this.state.status === 'closed' ? undefined : this.state.reason;
    if (verdict.admit === 'all') return { admit: 'all' };
    if (verdict.admit === 'none')
      return { admit: 'none', retryAt: verdict.retry_at, ...(reason && { reason }) };
    // Only the worker whose swap wins may probe.
    const won = await this.apply({ type: 'probe' });
    return won && this.state.status === 'half_open'
      ? { admit: 'probe', probe: this.state.probe_until }
      : { admit: 'none', retryAt: now + FRESH_MS };
  }

  /**
   * Nothing was asked with that probe after all: without this nobody could ask for as long as a probe may take.
   * Does nothing once the provider's answer to it has been reported.
   */
  async giveBack(probe: number): Promise<void> {
    this.readAt = 0;
    await this.refresh();
    if (this.state.status === 'half_open' && this.state.probe_until === probe)
      await this.apply({ type: 'unused' });
  }

  /** What a call to the provider has shown. A success of a healthy circuit costs nothing. */
  async report(error: UpstreamError | undefined): Promise<void> {
    const event = toCircuitEvent(error);
    if (!event) return;
    if (event.type === 'success' && this.isQuiet()) return;
    for (let attempt = 0; attempt < 5; attempt++) {
      if (await this.apply(event)) return;
      this.readAt = 0;
      await this.refresh();
    }
  }

  /** The provider has begun to answer: a probe need not wait for the end of a long answer. */
  async answers(): Promise<void> {
    if (this.state.status !== 'closed') await this.report(undefined);
  }

  /** For health and metrics: the state as last seen. */
  view(): { status: CircuitState['status']; reason?: string; until?: number } {
    const { state } = this;
    if (state.status === 'closed') return { status: 'closed' };
    return {
      status: state.status,
      reason: state.reason,
      until: state.status === 'open' ? state.until : state.probe_until,
    };
  }

  private isQuiet(): boolean {
    return (
      this.state.status === 'closed' &&
      this.state.consecutive === 0 &&
      this.state.slices.every((s) => s.bad === 0)
    );
  }

  private async apply(event: CircuitEvent): Promise<boolean> {
    const next = nextCircuit(this.state, event, Date.now());
    if (next === this.state) return event.type !== 'probe';
    const json = JSON.stringify(next);
    const swapped = await this.redis.run<number>(SWAP, [this.key()], [PROFILE, this.json, json]);
    if (swapped !== 1) {
      this.readAt = 0;
      return false;
    }
    this.take(json);
    return true;
  }

  private async refresh(): Promise<void> {
    if (Date.now() - this.readAt < FRESH_MS) return;
    this.take((await this.redis.attempt((client) => client.hget(this.key(), PROFILE))) ?? '');
  }

  private take(json: string): void {
    this.json = json;
    this.state = json === '' ? CLOSED_CIRCUIT : (JSON.parse(json) as CircuitState);
    this.readAt = Date.now();
  }

  private key(): string {
    return this.redis.keys.all()[0]!.circuit;
  }
}
