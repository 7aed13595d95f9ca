// Runs attempts and does to the channel what their verdict says. Knows all attempts of this process, so that
// a stop can hand them over.
import { Injectable, Logger } from '@nestjs/common';
import { OpenaiConfig, RunsConfig } from '#config';
import { inSpan, withLogContext } from '#telemetry';
import { Attempt } from './attempt.js';
import { Flusher } from './flusher.js';
import { LeaseKeeper } from './lease-keeper.js';
import { LargeRoom } from './large-room.js';
import type { Probe } from './provider-gate.js';
import { RetryDoorbell } from './retry-doorbell.js';
import { RunEngine, type Verdict } from '../engine/run-engine.js';
import type { ClaimedRun } from '../run/run-record.js';
import { LeaseScripts } from '../scripts/lease-scripts.js';

@Injectable()
export class AttemptRunner {
  private readonly logger = new Logger(AttemptRunner.name);
  private readonly attempts = new Map<Attempt, Promise<void>>();

  constructor(
    private readonly engine: RunEngine,
    private readonly leases: LeaseKeeper,
    private readonly flusher: Flusher,
    private readonly scripts: LeaseScripts,
    private readonly doorbell: RetryDoorbell,
    private readonly room: LargeRoom,
    private readonly config: RunsConfig,
    private readonly openai: OpenaiConfig,
  ) {}

  get size(): number {
    return this.attempts.size;
  }

  /**
   * Resolves when the channel is free again or lost; never throws.
   * @param probe the right to ask that the run was taken up with
   */
  run(claim: ClaimedRun, probe?: Probe): Promise<void> {
    const alone = claim.request !== undefined && !claim.request.in_thread;
    // Who may take an answer up again must find its name as soon as the provider has said it.
    const wants = alone && this.openai.resume === 'rerun' ? this.flusher.wantsSoon : this.flusher.wants;
    const attempt = new Attempt(claim, wants, this.config.runMs - claim.worked, probe);
    const { run_id, message_id, chk, request_id } = claim;
    const ids = { run_id, message_id, chk, ...(request_id !== undefined && { request_id }) };
    const done = withLogContext(ids, () => this.carryOut(attempt)).finally(() => {
      attempt.close();
      this.attempts.delete(attempt);
      this.room.leave(claim.bytes);
    });
    this.attempts.set(attempt, done);
    this.room.enter(claim.bytes);
    return done;
  }

  /** Lets running attempts go on for `graceMs`, then gives their channels to other workers. */
  async drain(graceMs: number): Promise<void> {
    const all = [...this.attempts.values()];
    if (graceMs > 0 && all.length > 0) {
      let timer: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)));
      await Promise.race([Promise.all(all), enough]);
      clearTimeout(timer);
    }
    for (const attempt of this.attempts.keys()) attempt.stop('handover');
    await Promise.all(this.attempts.values());
  }

  private async carryOut(attempt: Attempt): Promise<void> {
    const { held } = attempt.writer;
    this.leases.hold({ held, lost: () => attempt.stop('lost'), cancelled: () => attempt.stop('cancelled') });
    try {
      const { traceparent: parent, source } = attempt.run;
      const attributes = {
        'parley.run_id': held.run_id,
        'parley.attempt': attempt.run.attempt,
        'parley.source': source,
      };
      const verdict = await inSpan('run', { parent, kind: 'CONSUMER', attributes }, () =>
        this.engine.execute(attempt, this.config.maxDeaths),
      );
      await this.obey(attempt, verdict);
    } catch (error) {
      // Whatever this was, the lease runs out and another worker goes on; the process stays.
      this.logger.error({ err: error }, 'the attempt ended unexpectedly');
    } finally {
      this.leases.drop(held);
    }
  }

  private async obey(attempt: Attempt, verdict: Verdict): Promise<void> {
    if (verdict.next !== 'release') return;
    const { delayMs, burn, reason, refused, quiet } = verdict;
    const released = await this.scripts.release(
      attempt.writer.held,
      delayMs,
      burn,
      attempt.elapsed(),
      refused,
    );
    this.logger.log({ reason, retry_in_ms: delayMs, attempt: attempt.run.attempt }, 'run released');
    // A missed bell is made up for by the next claim; thousands of them would only ring for one another.
    if (released && delayMs > 0 && !quiet)
      await this.doorbell.schedule(attempt.run, delayMs).catch(() => undefined);
  }
}
