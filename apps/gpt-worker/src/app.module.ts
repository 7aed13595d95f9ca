// What a gpt-worker process is made of: Kafka in, run workers, Kafka out. Shutdown hooks run from the last import to
// the first: requests stop first, then workers, then the outbox.
import { Module, type DynamicModule } from '@nestjs/common';
import type { KafkaConfig } from '#config';
import { KafkaModule } from '#messaging';
import { RedisModule } from '#redis';
import { OutboxModule, RunsModule, WorkerHealthModule, WorkersModule } from '#runs';
import { ChecksController } from './health/checks.controller.js';
import { KafkaHealth } from './health/kafka-health.js';
import { MemoryUsage } from './health/memory-usage.js';
import { QueueDepth } from './health/queue-depth.js';
import { GptRequestConsumer } from './requests/gpt-request.consumer.js';
import { PhotoConsumer } from './requests/photo.consumer.js';
import { RequestDoor } from './requests/request-door.js';
import { AnswerSignature } from './responses/answer-signature.js';
import { KafkaOutboxSender } from './responses/kafka-outbox.sender.js';

@Module({
  imports: [KafkaModule],
  providers: [AnswerSignature, KafkaOutboxSender],
  exports: [KafkaOutboxSender],
})
export class ResponsesModule {}

@Module({
  imports: [KafkaModule, RunsModule],
  controllers: [GptRequestConsumer],
  providers: [RequestDoor, KafkaHealth, QueueDepth],
  exports: [RequestDoor],
})
export class RequestsModule {}

@Module({ imports: [RequestsModule], controllers: [PhotoConsumer] })
export class PhotosModule {}

@Module({ imports: [WorkerHealthModule], controllers: [ChecksController], providers: [MemoryUsage] })
class ChecksModule {}

@Module({})
export class AppModule {
  static of({ photos }: KafkaConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        RedisModule,
        OutboxModule.of([ResponsesModule], KafkaOutboxSender),
        WorkersModule,
        RequestsModule,
        ...(photos ? [PhotosModule] : []),
        ChecksModule,
      ],
    };
  }
}
