// Kafka for whoever needs it: the transport strategy, the publisher, the topics. Nothing connects before it is used.
import { Module } from '@nestjs/common';
import { KafkaDeadLetters } from './kafka-dead-letters.js';
import { KafkaPublisher } from './kafka-publisher.js';
import { KafkaServer } from './kafka-server.js';
import { KafkaTopics } from './kafka-topics.js';

const FACE = [KafkaDeadLetters, KafkaPublisher, KafkaServer, KafkaTopics];

/** Expects `KafkaConfig` to be provided. */
@Module({ providers: FACE, exports: FACE })
export class KafkaModule {}
