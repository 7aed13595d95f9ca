// Exchanges, queues and bindings. `classic` is byte for byte what existing producers and consumers declare,
// so that nobody gets a 406; `quorum` is for clusters that replicate their queues.
import type { Channel, Options } from 'amqplib';
import type { RabbitConfig } from '#config';
import { deadExchange, failedQueueName } from './names.js';

export const MAX_PRIORITY = 10;
/** Counts connection losses too, so a low limit would set innocent messages aside. */
const DELIVERY_LIMIT = 100;

export function queueOptions(config: RabbitConfig): Options.AssertQueue {
  const common = {
    'x-message-ttl': config.messageTtlMs,
    'x-dead-letter-exchange': deadExchange(config),
  };
  if (config.topology === 'classic')
    return { durable: true, arguments: { 'x-max-priority': MAX_PRIORITY, ...common } };
  return {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      // Quorum queues do not enforce an exclusive consumer; this gives the same: one consumer at a time.
      'x-single-active-consumer': true,
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
      'x-delivery-limit': DELIVERY_LIMIT,
      ...common,
    },
  };
}

/** Declares everything; run on every new channel, so that what somebody deleted comes back. */
export async function assertTopology(channel: Channel, config: RabbitConfig): Promise<void> {
  await channel.assertExchange(config.exchange, 'direct', { durable: true });
  await channel.assertQueue(config.queue, queueOptions(config));
  await channel.bindQueue(config.queue, config.exchange, config.routingKey);
  await assertFailedQueue(channel, config);
}

export async function assertFailedQueue(channel: Channel, config: RabbitConfig): Promise<void> {
  const [exchange, queue] = [deadExchange(config), failedQueueName(config)];
  await channel.assertExchange(exchange, 'direct', { durable: true });
  await channel.assertQueue(
    queue,
    config.topology === 'classic'
      ? { durable: true }
      : { durable: true, arguments: { 'x-queue-type': 'quorum' } },
  );
  await channel.bindQueue(queue, exchange, config.routingKey);
  // A message that was sent to the queue by its name dies with that name as its routing key.
  if (config.queue !== config.routingKey) await channel.bindQueue(queue, exchange, config.queue);
}
