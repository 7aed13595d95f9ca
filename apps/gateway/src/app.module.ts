// What the gateway is made of: REST doors over the libs. It admits and reads; it runs nothing.
import { Module } from '@nestjs/common';
import { AuthModule } from '#auth';
import { JobsModule } from '#jobs';
import { RabbitModule } from '#messaging';
import { RedisModule } from '#redis';
import { RunsModule } from '#runs';
import { ThreadsModule } from '#threads';
import { RequestAccess } from './access/request-access.js';
import { ChannelsController } from './channels/channels.controller.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { ReplaysController } from './dead-letters/replays.controller.js';
import { FailedMessagesController } from './failed-messages/failed-messages.controller.js';
import { MessagesController } from './messages/messages.controller.js';
import { RunsController } from './runs/runs.controller.js';

@Module({
  imports: [RedisModule, AuthModule, ThreadsModule, RunsModule, RabbitModule, JobsModule],
  controllers: [
    MessagesController,
    ChannelsController,
    RunsController,
    ReplaysController,
    DeadLettersController,
    FailedMessagesController,
  ],
  providers: [RequestAccess],
})
export class AppModule {}
