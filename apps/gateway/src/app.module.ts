// What the gateway is made of: REST doors over the libs. It admits and reads; it runs nothing.
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AssistantManagerModule } from '#assistants';
import { AuthModule } from '#auth';
import { DocumentJobsModule, DocumentsModule } from '#documents';
import { JobsModule } from '#jobs';
import {
  ChannelVconsModule,
  FileJobsModule,
  FilesModule,
  StoreJobsModule,
  StoresModule,
  VconJobsModule,
  VconStorageModule,
} from '#knowledge';
import { RabbitModule } from '#messaging';
import { RedisModule } from '#redis';
import { ErasureModule } from '#retention';
import { FeedbackModule, RunsModule } from '#runs';
import { ThreadsModule } from '#threads';
import { UsageModule } from '#usage';
import { AccessGuard } from './access/access.guard.js';
import { RequestAccess } from './access/request-access.js';
import { AuditController } from './audit/audit.controller.js';
import { AssistantAccess } from './assistants/assistant-access.js';
import { AssistantUsageController } from './assistants/assistant-usage.controller.js';
import { AssistantVersionsController } from './assistants/assistant-versions.controller.js';
import { AssistantsController } from './assistants/assistants.controller.js';
import { ChannelAssistantController } from './assistants/channel-assistant.controller.js';
import { ChannelVconController } from './channels/channel-vcon.controller.js';
import { ChannelsController } from './channels/channels.controller.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { ReplaysController } from './dead-letters/replays.controller.js';
import { ErasuresController } from './erasures/erasures.controller.js';
import { ExportsController } from './erasures/exports.controller.js';
import { FailedMessagesController } from './failed-messages/failed-messages.controller.js';
import { FeedbackController } from './feedback/feedback.controller.js';
import { SatisfactionMetrics } from './feedback/satisfaction.js';
import { FilesController } from './files/files.controller.js';
import { TakeUpload } from './files/take-upload.js';
import { MessagesController } from './messages/messages.controller.js';
import { OpenaiAssistantController } from './openai-assistant/openai-assistant.controller.js';
import { PlansController } from './plans/plans.controller.js';
import { RunAccess } from './runs/run-access.js';
import { RunsController } from './runs/runs.controller.js';
import { TicketsController } from './tickets/tickets.controller.js';
import { TranscriptionsController } from './transcriptions/transcriptions.controller.js';
import { UsageController } from './usage/usage.controller.js';
import { VconSearchController } from './vcons/vcon-search.controller.js';
import { VconUpkeepController } from './vcons/vcon-upkeep.controller.js';
import { StoredFilesController } from './vector-stores/stored-files.controller.js';
import { VectorStoresController } from './vector-stores/vector-stores.controller.js';
import { VconsController } from './vcons/vcons.controller.js';

@Module({
  imports: [
    RedisModule,
    AuthModule,
    ThreadsModule,
    RunsModule,
    FeedbackModule,
    RabbitModule,
    JobsModule,
    AssistantManagerModule,
    UsageModule,
    ErasureModule,
    FilesModule,
    FileJobsModule,
    StoresModule,
    StoreJobsModule,
    VconStorageModule,
    VconJobsModule,
    ChannelVconsModule,
    DocumentsModule,
    DocumentJobsModule,
  ],
  controllers: [
    MessagesController,
    ChannelsController,
    ChannelVconController,
    RunsController,
    FeedbackController,
    ReplaysController,
    DeadLettersController,
    FailedMessagesController,
    TicketsController,
    AuditController,
    AssistantsController,
    AssistantVersionsController,
    AssistantUsageController,
    ChannelAssistantController,
    OpenaiAssistantController,
    UsageController,
    TranscriptionsController,
    PlansController,
    ErasuresController,
    ExportsController,
    FilesController,
    VconSearchController,
    VconUpkeepController,
    VconsController,
    StoredFilesController,
    VectorStoresController,
  ],
  providers: [
    RequestAccess,
    RunAccess,
    SatisfactionMetrics,
    TakeUpload,
    AssistantAccess,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
})
export class AppModule {}
