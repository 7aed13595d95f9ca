// Export and erasure, for doors that offer them and for the job that does them. Needs the global RedisModule and ConfigModule
// (AccessConfig, CompletionsConfig, DocumentsConfig, FeedbackConfig, KnowledgeConfig, LimitsConfig, PrivacyConfig, VconConfig, and what runs, threads and the model need).
import { Module } from '@nestjs/common';
import { ChannelAssistants } from '#assistants';
import { AuditLog } from '#auth';
import { AnswerCache, SimilarAnswers } from '#completions';
import { DocumentsModule } from '#documents';
import { FilesModule, VconStorageModule } from '#knowledge';
import { FeedbackModule, RunErasureModule } from '#runs';
import { ThreadsModule } from '#threads';
import { PersonalUsageData, UsageLedger } from '#usage';
import { ErasureRecords } from './erasure-records.js';
import { Erasures } from './erasures.js';
import { PERSONAL_STORES, type PersonalStore } from './personal-store.js';
import {
  BatchedRequests,
  Channels,
  DeadLetters,
  Runs,
  UnfinishedRuns,
  UnsentReplies,
} from './stores/run-stores.js';
import { Documents, UploadedFiles, Vcons } from './stores/knowledge-stores.js';
import { Threads } from './stores/threads-store.js';
import { CachedAnswers, ChosenAssistant, GivenFeedback, UsageIdentity } from './stores/user-stores.js';

/** In the order in which they are erased: the runs' lists lead to the others. */
const STORES = [
  UnfinishedRuns,
  UnsentReplies,
  DeadLetters,
  BatchedRequests,
  Threads,
  CachedAnswers,
  UsageIdentity,
  GivenFeedback,
  ChosenAssistant,
  Vcons,
  UploadedFiles,
  Documents,
  Runs,
  Channels,
];

@Module({
  imports: [RunErasureModule, ThreadsModule, FeedbackModule, VconStorageModule, FilesModule, DocumentsModule],
  providers: [
    ...STORES,
    { provide: PERSONAL_STORES, inject: STORES, useFactory: (...all: PersonalStore[]) => all },
    AnswerCache,
    AuditLog,
    ChannelAssistants,
    ErasureRecords,
    Erasures,
    PersonalUsageData,
    SimilarAnswers,
    UsageLedger,
  ],
  exports: [Erasures, ErasureRecords, RunErasureModule],
})
export class ErasureModule {}
