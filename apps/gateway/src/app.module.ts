// What the gateway is made of: REST doors over the libs. It admits and reads; it runs nothing.
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthModule } from '#auth';
import { JobsModule } from '#jobs';
import { RabbitModule } from '#messaging';
import { RedisModule } from '#redis';
import { RunsModule } from '#runs';
import { ThreadsModule } from '#threads';
import { AccessGuard } from './access/access.guard.js';
import { RequestAccess } from './access/request-access.js';
import { AuditController } from './audit/audit.controller.js';
import { ChannelsController } from './channels/channels.controller.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { ReplaysController } from './dead-letters/replays.controller.js';
import { FailedMessagesController } from './failed-messages/failed-messages.controller.js';
import { MessagesController } from './messages/messages.controller.js';
import { RunsController } from './runs/runs.controller.js';
import { TicketsController } from './tickets/tickets.controller.js';

@Module({
  imports: [RedisModule, AuthModule, ThreadsModule, RunsModule, RabbitModule, JobsModule],
  controllers: [
    MessagesController,
    ChannelsController,
    RunsController,
    ReplaysController,
    DeadLettersController,
    FailedMessagesController,
    TicketsController,
    AuditController,
  ],
  providers: [RequestAccess, { provide: APP_GUARD, useClass: AccessGuard }],
})
export class AppModule {}
