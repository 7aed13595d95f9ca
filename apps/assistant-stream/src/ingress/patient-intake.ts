// Submits with patience: while the system is full or its state out of reach the message waits here, unacknowledged,
// and those of its channel behind it; the broker keeps the rest. Everything else is the caller's to decide.
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { ParleyError, type SubmitMessage } from '#contracts';
import { Intake, type Admission } from '#runs';
import { ChannelLanes } from './channel-lanes.js';

/** Between tries when the error does not say better. */
const RETRY_MS = 500;

@Injectable()
export class PatientIntake {
  private readonly logger = new Logger(PatientIntake.name);
  private readonly lanes = new ChannelLanes();
  private waiting = 0;

  constructor(private readonly intake: Intake) {}

  /**
   * Calls reach intake in the order in which they are made here, per channel.
   * @param signal aborted when the message's connection is gone or the process stops
   * @returns undefined when that came before a decision
   * @throws ParleyError `message_id_conflict`, `channel_backlog_full`
   */
  submit(command: SubmitMessage, signal: AbortSignal): Promise<Admission | undefined> {
    return this.lanes.run(`${command.tenant}\0${command.channel}`, () => this.persist(command, signal));
  }

  /** Messages that wait because the system is full or its state is away; 0 when all is well. */
  get held(): number {
    return this.waiting;
  }

  private async persist(command: SubmitMessage, signal: AbortSignal): Promise<Admission | undefined> {
    while (!signal.aborted) {
      try {
        return await this.intake.submit(command);
      } catch (error) {
        if (!mayPass(error)) throw error;
        await this.hold(error, signal);
      }
    }
    return undefined;
  }

  private async hold(reason: ParleyError, signal: AbortSignal): Promise<void> {
    if (this.waiting++ === 0) this.logger.warn(`RabbitMQ intake waits: ${reason.code}`);
    // Aborted means that there is nothing to wait for any more.
    await delay(reason.retryAfterMs ?? RETRY_MS, undefined, { signal }).catch(() => undefined);
    this.waiting--;
  }
}

const mayPass = (error: unknown): error is ParleyError =>
  error instanceof ParleyError && (error.code === 'busy' || error.code === 'state_unavailable');
