// RabbitMQ's door: parse, call, map the outcome. Nothing is decided here, and nothing is worked on.
import { Controller, Logger } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { RabbitConfig } from '#config';
import { DEFAULT_TENANT, newId, ParleyError, type SubmitMessage } from '#contracts';
import { AmqpReplies, COSMO_MESSAGE, toReplyAddress, type Delivery, type Outcome } from '#messaging';
import { Notices } from '#runs';
import { currentTraceparent, inSpan, Metrics, withLogContext } from '#telemetry';
import { PatientIntake } from './patient-intake.js';
import { readMessage } from './read-message.js';

@Controller()
export class MessageConsumer {
  private readonly logger = new Logger(MessageConsumer.name);

  constructor(
    private readonly config: RabbitConfig,
    private readonly intake: PatientIntake,
    private readonly notices: Notices,
    private readonly replies: AmqpReplies,
    private readonly metrics: Metrics,
  ) {}

  @EventPattern<string>(COSMO_MESSAGE)
  async onMessage(@Payload() delivery: Delivery): Promise<Outcome> {
    const read = readMessage(this.config, delivery);
    if ('fault' in read) {
      this.metrics.intake.inc({ source: 'rabbitmq', outcome: read.fault.code });
      return this.refuse(delivery, read.fault, read.known);
    }
    const { command } = read;
    const { message_id, request_id, traceparent: parent } = command;
    const context = { message_id, ...(request_id !== undefined && { request_id }) };
    return withLogContext(context, () =>
      inSpan('rabbitmq receive', { parent, kind: 'CONSUMER' }, () => this.submit(command, delivery)),
    );
  }

  private async submit(received: SubmitMessage, delivery: Delivery): Promise<Outcome> {
    const traceparent = currentTraceparent() ?? received.traceparent;
    const command = { ...received, ...(traceparent !== undefined && { traceparent }) };
    try {
      const admission = await this.intake.submit(command, delivery.signal);
      return admission ? 'ack' : 'leave';
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error;
      // Setting it aside would keep once more what was erased.
      if (error.code === 'erased') return 'ack';
      return this.refuse(delivery, error, command);
    }
  }

  /** Tells whoever can be told; the failed queue keeps the message itself. */
  private refuse(
    delivery: Delivery,
    fault: ParleyError,
    known: { channel: string; message_id: string } | undefined,
  ): Outcome {
    const error = [fault.message, ...fault.details].join('; ');
    this.metrics.deadLetters.inc({ reason: fault.code });
    this.logger.warn(`message refused: ${fault.code}`);
    if (known)
      this.unawaited(
        this.notices.publish(
          { tenant: DEFAULT_TENANT, channel: known.channel },
          known.message_id,
          fault.code,
        ),
      );
    const reply =
      delivery.reply_to === undefined
        ? undefined
        : toReplyAddress(this.config, delivery.reply_to, delivery.correlation_id);
    if (reply)
      this.unawaited(
        this.replies.send({
          ...reply,
          message_id: newId('refusal'),
          body: { success: false, error: fault.publicText, code: fault.code },
        }),
      );
    return { dead: fault.code, error };
  }

  /** Courtesies that must not hold up the queue; losing one loses no message. */
  private unawaited(courtesy: Promise<unknown>): void {
    courtesy.catch((error: Error) => this.logger.warn(`unable to tell the sender; ${error.message}`));
  }
}
