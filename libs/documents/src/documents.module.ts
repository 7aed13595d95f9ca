// Wires documents. Needs the global RedisModule and ConfigModule (DocumentsConfig, PrivacyConfig, and what the object store, vCon storage, the accounts and the
// limits need). The process that imports DocumentJobsModule also does the work.
import { Module } from '@nestjs/common';
import { DocumentsConfig } from '#config';
import { JobsModule } from '#jobs';
import { FilesModule, ObjectKeepers, ObjectsModule, StoresModule, VconStorageModule } from '#knowledge';
import { OpenaiModule } from '#openai';
import { UsageModule } from '#usage';
import { DocumentJobs } from './jobs/document-jobs.js';
import { DocumentWorkers } from './jobs/document-workers.js';
import { PlanAnswer } from './plans/plan-answer.js';
import { PlanCache } from './plans/plan-cache.js';
import { PlanCall } from './plans/plan-call.js';
import { PlanSources } from './plans/plan-sources.js';
import { PlanWork } from './plans/plan-work.js';
import { ProviderIds } from './plans/provider-ids.js';
import { Plans } from './plans/plans.js';
import { Ffmpeg } from './transcriptions/audio/ffmpeg.js';
import { BilledTranscription } from './transcriptions/billed-transcription.js';
import { TranscriptionModelNotice } from './transcriptions/model-notice.js';
import { TranscriptionDelivery } from './transcriptions/transcription-delivery.js';
import { TranscriptionPieces } from './transcriptions/transcription-pieces.js';
import { placeOf } from './transcriptions/transcription-record.js';
import { TranscriptionWork } from './transcriptions/transcription-work.js';
import { Transcriptions } from './transcriptions/transcriptions.js';

/** Far longer than a day of sound takes; a file that keeps ffmpeg busy for longer is meant to. */
const FFMPEG_MS = 20 * 60_000;

@Module({
  imports: [
    FilesModule,
    StoresModule,
    JobsModule,
    ObjectsModule,
    OpenaiModule,
    UsageModule,
    VconStorageModule,
  ],
  providers: [
    BilledTranscription,
    DocumentJobs,
    {
      provide: Ffmpeg,
      inject: [DocumentsConfig],
      useFactory: (config: DocumentsConfig) => new Ffmpeg(config.ffmpeg, FFMPEG_MS),
    },
    PlanAnswer,
    PlanCache,
    PlanCall,
    PlanSources,
    PlanWork,
    Plans,
    ProviderIds,
    TranscriptionDelivery,
    TranscriptionPieces,
    TranscriptionWork,
    Transcriptions,
  ],
  exports: [DocumentJobs, PlanWork, Plans, Transcriptions, TranscriptionWork],
})
export class DocumentsModule {
  constructor(keepers: ObjectKeepers, jobs: DocumentJobs) {
    keepers.add('transcriptions', async function* () {
      for await (const kept of jobs.allKept()) yield { place: placeOf(kept) };
    });
  }
}

@Module({ imports: [DocumentsModule, OpenaiModule], providers: [DocumentWorkers, TranscriptionModelNotice] })
export class DocumentJobsModule {}
