// Kafka for whoever needs it: the transport strategy and the publisher. Nothing connects before it is used.
import { Module } from '@nestjs/common';
import { KafkaPublisher } from './kafka-publisher.js';
import { KafkaServer } from './kafka-server.js';

/** Expects `KafkaConfig` to be provided. */
@Module({ providers: [KafkaPublisher, KafkaServer], exports: [KafkaPublisher, KafkaServer] })
export class KafkaModule {}
