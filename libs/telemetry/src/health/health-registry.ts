// Asks the parts of this process how they are, keeps the last answer, and logs each change once with its cause.
// Does not know the parts; whoever owns one registers it.
import { Logger } from '@nestjs/common';
import type { Metrics } from '../metrics/metrics.js';
import { overall, type Health, type HealthReport, type PartReport, type PartStatus } from './part-status.js';

export interface HealthPart {
  /** Whether the app cannot serve without it: then its `down` makes readiness fail. */
  critical: boolean;
  /** Must be cheap; bounded to {@link CHECK_MS}. A rejection counts as down. */
  check(): PartStatus | Promise<PartStatus>;
}

export const CHECK_MS = 1_500;
const ROUND_MS = 2_000;
const FRESH_MS = 500;
const WEIGHT: Record<Health, number> = { up: 1, degraded: 0.5, down: 0 };

interface Entry extends HealthPart {
  name: string;
  last: PartReport | undefined;
}

export class HealthRegistry {
  private readonly logger = new Logger('Health');
  private readonly entries: Entry[] = [];
  private timer: NodeJS.Timeout | undefined;
  private asked = 0;
  private asking: Promise<void> | undefined;
  private stopping = false;

  constructor(private readonly metrics?: Metrics) {}

  /** @param name stable and unique, such as `redis`; it is a metric label */
  register(name: string, part: HealthPart): void {
    if (this.entries.some((entry) => entry.name === name))
      throw new Error(`unable to register health part ${name}; it is registered already`);
    this.entries.push({ name, critical: part.critical, check: () => part.check(), last: undefined });
    this.asked = 0;
  }

  /** Looks at all parts every two seconds, so that changes are noticed when nobody asks. */
  watch(): void {
    this.timer ??= setInterval(() => void this.look(), ROUND_MS).unref();
  }

  /** From now on readiness answers `stopping`. */
  stop(): void {
    this.stopping = true;
    clearInterval(this.timer);
  }

  /** At most half a second old; takes at most {@link CHECK_MS}. Never rejects. */
  async report(): Promise<HealthReport> {
    if (Date.now() - this.asked > FRESH_MS) await this.look();
    const report = overall(this.entries.flatMap((entry) => entry.last ?? []));
    return this.stopping ? { ...report, status: 'stopping' } : report;
  }

  private look(): Promise<void> {
    this.asking ??= this.askAll();
    return this.asking;
  }

  private async askAll(): Promise<void> {
    await Promise.all(this.entries.map((entry) => this.ask(entry)));
    this.asked = Date.now();
    this.asking = undefined;
  }

  private async ask(entry: Entry): Promise<void> {
    const { status, cause } = await bounded(entry);
    const { name, critical, last } = entry;
    const changed = last?.status !== status;
    const since = changed ? new Date().toISOString() : last.since;
    entry.last = { name, critical, status, ...(cause !== undefined && { cause }), since };
    this.metrics?.partUp.set({ part: name }, WEIGHT[status]);
    if (!changed) return;
    const fields = { part: name, status, ...(cause !== undefined && { cause }) };
    if (status === 'up') this.logger.log(fields, `${name} is up`);
    else this.logger.warn(fields, `${name} is ${status}`);
  }
}

async function bounded(entry: Entry): Promise<PartStatus> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<PartStatus>((resolve) => {
    timer = setTimeout(() => resolve({ status: 'down', cause: `no answer in ${CHECK_MS} ms` }), CHECK_MS);
  });
  try {
    return await Promise.race([Promise.resolve(entry.check()), late]);
  } catch (error) {
    return { status: 'down', cause: error instanceof Error ? error.message : 'check failed' };
  } finally {
    clearTimeout(timer);
  }
}
