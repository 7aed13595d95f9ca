// What an assistant-stream process is made of, by its roles. The order of the imports is the reverse of the order in which
// their shutdown hooks run: ingress stops first, then workers, then the outbox, and subscribers are sent away last,
// so that they still see how the runs ended.
import { Module, type DynamicModule } from '@nestjs/common';
import type { StreamConfig } from '#config';
import { RabbitModule } from '#messaging';
import { OpenaiModule } from '#openai';
import { RedisModule } from '#redis';
import { RetentionModule } from '#retention';
import { OutboxModule, WorkerHealthModule, WorkersModule } from '#runs';
import { DeliveryModule } from './delivery/delivery.module.js';
import { ModelNotices } from './health/model-notices.js';
import { RabbitHealth } from './health/rabbit-health.js';
import { AmqpOutboxSender } from './ingress/amqp-outbox.sender.js';
import { IngressModule } from './ingress/ingress.module.js';

@Module({ imports: [RabbitModule], providers: [AmqpOutboxSender], exports: [AmqpOutboxSender] })
export class RepliesModule {}

@Module({
  imports: [WorkersModule, WorkerHealthModule, RetentionModule, OpenaiModule],
  providers: [ModelNotices],
})
class WorkerRoleModule {}

@Module({ imports: [IngressModule], providers: [RabbitHealth] })
class IngressRoleModule {}

@Module({})
export class AppModule {
  static of(stream: StreamConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        RedisModule,
        ...(stream.has('delivery') ? [DeliveryModule] : []),
        ...(stream.has('ingress') ? [OutboxModule.of([RepliesModule], AmqpOutboxSender)] : []),
        ...(stream.has('worker') ? [WorkerRoleModule] : []),
        ...(stream.has('ingress') ? [IngressRoleModule] : []),
      ],
    };
  }
}
