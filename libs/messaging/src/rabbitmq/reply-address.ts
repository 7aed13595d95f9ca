// Whether a `reply_to` may be answered: never a queue of ours, else a message could feed itself for ever.
import type { RabbitConfig } from '#config';
import type { AmqpReplyAddress } from '#contracts';
import { failedQueueName } from './names.js';

const MAX_NAME_BYTES = 255;
/** The broker's own names for an RPC client's queue; every other `amq.` name is the broker's business. */
const CLIENT_QUEUES = ['amq.rabbitmq.reply-to', 'amq.gen-'];

/** @returns undefined for an address that must not be written to */
export function toReplyAddress(
  config: RabbitConfig,
  replyTo: string,
  correlationId?: string,
): AmqpReplyAddress | undefined {
  const own = [config.queue, failedQueueName(config)].includes(replyTo);
  const reserved = replyTo.startsWith('amq.') && !CLIENT_QUEUES.some((prefix) => replyTo.startsWith(prefix));
  if (own || reserved || replyTo === '' || Buffer.byteLength(replyTo) > MAX_NAME_BYTES) return undefined;
  return { kind: 'amqp', to: replyTo, ...(correlationId !== undefined && { correlation_id: correlationId }) };
}
