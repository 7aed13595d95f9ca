// Tells settlements that Redis did not take, again and again until it does. A process that never reserves hears nothing from
// Redis by itself, so this has a clock of its own.
import { Logger } from '@nestjs/common';
import { toParleyError } from '#contracts';
import type { Metrics } from '#telemetry';
import { LateSettlements, type LateSettlement } from './late-settlements.js';

const RETRY_MS = 5_000;

export class SettleLater {
  private readonly logger = new Logger(SettleLater.name);
  private readonly late = new LateSettlements();
  private telling: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly settle: (told: LateSettlement) => Promise<unknown>,
    private readonly metrics: Metrics | undefined,
  ) {}

  /** How many wait. */
  get size(): number {
    return this.late.size;
  }

  keep(told: LateSettlement): void {
    if (!this.late.add(told)) {
      this.metrics?.settlementsLost.inc();
      this.logger.error({ count: this.size }, 'usage is lost: too many settlements wait for Redis');
    }
    this.metrics?.settlementsPending.set(this.size);
    this.timer ??= setInterval(() => void this.tell(), RETRY_MS).unref();
  }

  /** One round at a time: what is told twice counts once, but costs. Never rejects. */
  tell(): Promise<void> {
    this.telling ??= this.drain().finally(() => (this.telling = undefined));
    return this.telling;
  }

  /** What cannot be told now is lost with the process. */
  async stop(): Promise<void> {
    if (this.size > 0) await this.tell();
    clearInterval(this.timer);
  }

  private async drain(): Promise<void> {
    try {
      await this.late.drain(this.settle);
      clearInterval(this.timer);
      this.timer = undefined;
    } catch (error) {
      const { code } = toParleyError(error);
      this.logger.warn({ code, pending: this.size }, 'settlements still wait for Redis');
    }
    this.metrics?.settlementsPending.set(this.size);
  }
}
