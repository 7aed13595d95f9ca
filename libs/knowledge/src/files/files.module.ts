// Wires files. Needs the global RedisModule and ConfigModule (KnowledgeConfig, OpenaiConfig, RunsConfig). The process that imports
// FileJobsModule also does the background work.
import { Module } from '@nestjs/common';
import { OpenaiModule } from '#openai';
import { ObjectsModule } from '../objects/objects.module.js';
import { ObjectKeepers } from '../objects/object-keepers.js';
import { FileJobs } from './file-jobs.js';
import { placeOf } from './file-record.js';
import { FileRecords } from './file-records.js';
import { FileRemoval } from './file-removal.js';
import { Files } from './files.js';

@Module({
  imports: [ObjectsModule, OpenaiModule],
  providers: [FileRecords, FileRemoval, Files],
  exports: [FileRemoval, Files],
})
export class FilesModule {
  constructor(keepers: ObjectKeepers, records: FileRecords) {
    keepers.add('files', async function* () {
      for await (const record of records.all()) yield { place: placeOf(record) };
    });
  }
}

@Module({ imports: [FilesModule], providers: [FileJobs] })
export class FileJobsModule {}
