// RabbitMQ for whoever needs it: the transport strategy, the publisher, replies, the failed queue.
import { Module } from '@nestjs/common';
import { AmqpReplies } from './amqp-replies.js';
import { FailedQueue } from './failed-queue.js';
import { RabbitLink } from './rabbit-link.js';
import { RabbitPublisher } from './rabbit-publisher.js';
import { RabbitServer } from './rabbit-server.js';

const PROVIDERS = [RabbitLink, RabbitPublisher, FailedQueue, AmqpReplies, RabbitServer];

/** Expects `RabbitConfig` to be provided. Nothing connects before it is used. */
@Module({ providers: PROVIDERS, exports: PROVIDERS })
export class RabbitModule {}
