// Wires vector stores. Needs the global RedisModule and ConfigModule (KnowledgeConfig, OpenaiConfig, RunsConfig). The process that imports
// StoreJobsModule also does the background work.
import { Module } from '@nestjs/common';
import { OpenaiModule } from '#openai';
import { FilesModule } from '../files/files.module.js';
import { StoreFilling } from './store-filling.js';
import { StoreJobs } from './store-jobs.js';
import { StoreRecords } from './store-records.js';
import { StoreRemoval } from './store-removal.js';
import { VectorStores } from './vector-stores.js';

@Module({
  imports: [FilesModule, OpenaiModule],
  providers: [StoreRecords, StoreFilling, StoreRemoval, VectorStores],
  exports: [VectorStores],
})
export class StoresModule {}

@Module({ imports: [StoresModule], providers: [StoreJobs] })
export class StoreJobsModule {}
