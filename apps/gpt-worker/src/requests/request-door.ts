// What becomes of a request's record, whichever flow it belongs to: parse, call, map the outcome. The offset moves on only when
// the run, or the refusal, is durable, or the record was set aside.
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { ParleyError } from '#contracts';
import { deliveryOf, type KafkaRecord, type Outcome } from '#messaging';
import { Intake } from '#runs';
import { Metrics } from '#telemetry';
import { readRequest, type Flow, type GptCommand } from './read-request.js';

const RETRY_MS = 500;

@Injectable()
export class RequestDoor {
  private readonly logger = new Logger(RequestDoor.name);
  /** The newest request of each channel that is in hand: the next one of that channel waits for it. */
  private readonly newest = new Map<string, Promise<Outcome>>();

  constructor(
    private readonly intake: Intake,
    private readonly metrics: Metrics,
  ) {}

  async take(record: KafkaRecord, flow: Flow): Promise<Outcome> {
    const read = readRequest(record, flow);
    if ('poison' in read) {
      this.count(read.poison);
      this.metrics.deadLetters.inc({ reason: read.poison.code });
      return { dead: read.poison.code, error: read.poison.message };
    }
    const delivery = deliveryOf(record);
    if ('refused' in read) {
      this.count(read.refused);
      return this.refuse({ reply: read.reply, delivery }, read.refused, record.signal);
    }
    const { command } = read;
    if (!record.key)
      this.logger.log({ message_id: command.message_id }, 'a record without a key was given one');
    return this.inTurn(command.channel, () => this.submit({ ...command, delivery }, record.signal));
  }

  private async submit(command: GptCommand & { delivery: string }, signal: AbortSignal): Promise<Outcome> {
    try {
      const admission = await this.patiently(() => this.intake.submit(command), signal);
      return admission ? 'ack' : 'leave';
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      // An answer would name whom it is about once more.
      if (error.code === 'erased') return 'ack';
      return this.refuse(command, error, signal);
    }
  }

  private async refuse(
    asked: Parameters<Intake['refuse']>[0],
    fault: ParleyError,
    signal: AbortSignal,
  ): Promise<Outcome> {
    this.logger.warn(`request refused: ${fault.code}`);
    const noted = await this.patiently(async () => {
      await this.intake.refuse(asked, fault);
      return true;
    }, signal);
    return noted ? 'ack' : 'leave';
  }

  /** Requests of different channels are admitted side by side, those of one channel in their order. */
  private async inTurn(channel: string, submit: () => Promise<Outcome>): Promise<Outcome> {
    const before = this.newest.get(channel);
    // Behind one that was left nothing of its channel may be admitted; one that failed is set aside and forgotten.
    const turn = before
      ? before.then(
          (outcome) => (outcome === 'leave' ? 'leave' : submit()),
          () => submit(),
        )
      : submit();
    this.newest.set(channel, turn);
    try {
      return await turn;
    } finally {
      if (this.newest.get(channel) === turn) this.newest.delete(channel);
    }
  }

  /** While the system is full, or Redis away, the record waits, and the commit of its partition with it. */
  private async patiently<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    while (!signal.aborted) {
      try {
        return await attempt();
      } catch (error) {
        if (!mayPass(error)) throw error;
        // Aborted means that there is nothing to wait for any more.
        await delay(error.retryAfterMs ?? RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  private count(fault: ParleyError): void {
    this.metrics.intake.inc({ source: 'kafka', outcome: fault.code });
  }
}

const mayPass = (error: unknown): error is ParleyError =>
  error instanceof ParleyError && (error.code === 'busy' || error.code === 'state_unavailable');
