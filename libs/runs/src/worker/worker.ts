// The worker loop: takes ready channels while there is room and the provider admits it. Ownership is proven
// by the lease alone; nothing here decides about a run.
import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { RunsConfig } from '#config';
import { randomName } from '#contracts';
import { OwnWork } from '../own-work.js';
import { AttemptRunner } from './attempt-runner.js';
import { LargeRoom } from './large-room.js';
import { LeaseKeeper } from './lease-keeper.js';
import { ProviderGate, type Probe } from './provider-gate.js';
import { isLarge } from '../run/run-size.js';
import { LeaseScripts } from '../scripts/lease-scripts.js';
import { ShardTurns } from './shard-turns.js';
import { UnnamedCalls } from './unnamed-calls.js';
import { WakeUp } from './wake-up.js';

/** How often a worker looks for itself: bounds what a lost hint costs. */
const POLL_MS = 250;
/** Channels taken in one call, so that several workers share a burst. */
const CLAIMS_PER_CALL = 32;

@Injectable()
export class Worker {
  private readonly owner = randomUUID();
  private readonly logger = new Logger(Worker.name);
  private timer: NodeJS.Timeout | undefined;
  private looking = false;
  private lookAgain = false;
  private stopped = true;
  /** Whether the provider was open when it was last asked about. */
  private open = false;
  /** Admissions of this process that count on us, since the last look. */
  private promised = 0;
  /** Whether a large run was left for want of room at the last look. */
  private crowded = false;
  private readonly turns: ShardTurns;

  constructor(
    private readonly scripts: LeaseScripts,
    private readonly runner: AttemptRunner,
    private readonly room: LargeRoom,
    private readonly gate: ProviderGate,
    private readonly unnamed: UnnamedCalls,
    private readonly leases: LeaseKeeper,
    private readonly wakeUp: WakeUp,
    private readonly own: OwnWork,
    private readonly config: RunsConfig,
  ) {
    this.turns = new ShardTurns(scripts.shards().length);
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.own.takenBy({ look: () => this.look(), takes: (bytes) => this.takes(bytes) });
    this.wakeUp.listen(
      () => this.look(),
      (runId) => void this.leases.cancel(runId),
    );
    this.unnamed.onRelief(() => this.look());
    this.timer = setInterval(() => this.look(), POLL_MS);
    this.look();
  }

  /** Takes no more work, and hands over what does not end within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.runner.drain(graceMs);
  }

  /** Runs in the hands of this process. */
  get running(): number {
    return this.runner.size;
  }

  private takes(bytes: number): boolean {
    if (this.stopped || !this.open || this.runner.size + this.promised >= this.config.concurrency)
      return false;
    if (this.unnamed.crowded || (this.crowded && isLarge(bytes)) || !this.room.promise(bytes)) return false;
    this.promised += 1;
    return true;
  }

  private look(): void {
    if (this.stopped) return;
    if (this.looking) {
      this.lookAgain = true;
      return;
    }
    this.looking = true;
    this.lookAgain = false;
    void this.claimAll().finally(() => {
      this.room.endLook();
      this.looking = false;
      if (this.lookAgain) this.look();
    });
  }

  private async claimAll(): Promise<void> {
    try {
      this.promised = 0;
      this.room.beginLook();
      const room = this.config.concurrency - this.runner.size;
      if (room <= 0 || this.unnamed.crowded) return;
      const admission = await this.gate.admission();
      this.open = admission.admit === 'all';
      if (admission.admit === 'none') return;
      const probe = admission.admit === 'probe' ? admission.probe : undefined;
      let left =
        admission.admit === 'probe' ? 1 : admission.admit === 'some' ? Math.min(room, admission.most) : room;
      this.crowded = false;
      for (const shard of this.turns.order()) {
        if (left <= 0) return this.turns.beginAt(shard);
        left -= await this.claim(shard, Math.min(left, CLAIMS_PER_CALL), probe);
      }
      if (probe !== undefined && left > 0) await this.gate.giveBack([probe]);
    } catch (error) {
      // Redis is out of reach; the clock asks again.
      this.logger.debug({ err: error }, 'no claim');
    }
  }

  private async claim(shard: number, want: number, probe?: Probe): Promise<number> {
    const large = this.turns.mayGiveLarge(shard);
    const { takeovers, runs, left } = await this.scripts.claim(
      this.scripts.shards()[shard]!,
      this.owner,
      randomName(6),
      { runs: want, largeBytes: large ? this.room.left : 0, alone: large && this.room.empty },
    );
    if (takeovers > 0) this.logger.warn({ count: takeovers }, 'leases of dead workers taken back');
    for (const run of runs) void this.runner.run(run, probe).then(() => this.released(probe));
    if (left) this.crowded = true;
    const given = runs.some(({ bytes }) => isLarge(bytes));
    const freed = large && this.turns.asked(shard, given, left);
    if (freed || runs.length === want || (left && runs.length > 0)) this.lookAgain = true;
    return runs.length;
  }

  private async released(probe: Probe | undefined): Promise<void> {
    // A run may end without a request, cancelled for one. Unless it is told, the probe runs out by itself.
    if (probe !== undefined) await this.gate.giveBack([probe]).catch(() => undefined);
    this.look();
  }
}
