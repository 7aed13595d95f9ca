// Wires vector stores. Needs the global RedisModule and ConfigModule (KnowledgeConfig, OpenaiConfig, RunsConfig). The process that imports
// StoreJobsModule also does the background work.
import { Module } from '@nestjs/common';
import { AssistantRegistry } from '#assistants';
import { OpenaiModule } from '#openai';
import { FilesModule } from '../files/files.module.js';
import { NamedStores } from './named-stores.js';
import { StoreFilling } from './store-filling.js';
import { StoreJobs } from './store-jobs.js';
import { StoreRecords } from './store-records.js';
import { StoreRemoval } from './store-removal.js';
import { StoredFiles } from './stored-files.js';
import { VectorStores } from './vector-stores.js';

@Module({
  imports: [OpenaiModule],
  providers: [AssistantRegistry, NamedStores],
  exports: [NamedStores],
})
export class NamedStoresModule {}

@Module({
  imports: [FilesModule, OpenaiModule, NamedStoresModule],
  providers: [StoreRecords, StoredFiles, StoreFilling, StoreRemoval, VectorStores],
  exports: [StoredFiles, VectorStores],
})
export class StoresModule {}

@Module({ imports: [StoresModule], providers: [StoreJobs] })
export class StoreJobsModule {}
