// Kafka's door: parse, call, map the outcome. The offset moves on only when the run is durable, or the record was
// answered or set aside.
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Logger } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { ParleyError, type KafkaReplyAddress } from '#contracts';
import { KafkaPublisher, type KafkaRecord, type Outcome } from '#messaging';
import { Intake } from '#runs';
import { Metrics } from '#telemetry';
import { toErrorResponse } from '../responses/to-gpt-response.js';
import { GPT_RESPONSE, GPT_SEND } from '../topics.js';
import { gptFlow, readRequest } from './read-request.js';

const RETRY_MS = 500;
const FLOW = gptFlow(GPT_RESPONSE);

@Controller()
export class GptRequestConsumer {
  private readonly logger = new Logger(GptRequestConsumer.name);

  constructor(
    private readonly intake: Intake,
    private readonly publisher: KafkaPublisher,
    private readonly metrics: Metrics,
  ) {}

  @EventPattern<string>(GPT_SEND)
  async onRequest(@Payload() record: KafkaRecord): Promise<Outcome> {
    const read = readRequest(record, FLOW);
    if ('poison' in read) {
      this.count(read.poison);
      this.metrics.deadLetters.inc({ reason: read.poison.code });
      return { dead: read.poison.code, error: read.poison.message };
    }
    if ('refused' in read) {
      this.count(read.refused);
      return this.refuse(read.reply, read.refused, record.signal);
    }
    const { command } = read;
    if (!record.key)
      this.logger.log({ message_id: command.message_id }, 'a record without a key was given one');
    try {
      const admission = await this.patiently(() => this.intake.submit(command), record.signal);
      return admission ? 'ack' : 'leave';
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      return this.refuse(command.reply, error, record.signal);
    }
  }

  private async refuse(reply: KafkaReplyAddress, fault: ParleyError, signal: AbortSignal): Promise<Outcome> {
    this.logger.warn(`request refused: ${fault.code}`);
    const sent = await this.patiently(async () => {
      await this.publisher.send(toErrorResponse(reply, fault, Date.now()));
      return true;
    }, signal);
    return sent ? 'ack' : 'leave';
  }

  /** While the system is full, or Redis or Kafka away, the record waits and its partition behind it. */
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
