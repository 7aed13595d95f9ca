// Wires vCon storage. Needs the global RedisModule and ConfigModule (AccessConfig, OpenaiConfig, VconConfig, and what the object store and the
// accounts need). The process that imports VconJobsModule also does the background work.
import { Module } from '@nestjs/common';
import { AuditLog } from '#auth';
import { JobsModule } from '#jobs';
import { OpenaiModule } from '#openai';
import { ObjectKeepers } from '../objects/object-keepers.js';
import { ObjectsModule } from '../objects/objects.module.js';
import { TemporaryFiles } from '../objects/temporary-files.js';
import { NamedStoresModule } from '../stores/stores.module.js';
import { ConserverSource } from './conserver-source.js';
import { RemovalRecords } from './removal-records.js';
import { Removals } from './removals.js';
import { RenderedVcons } from './rendered-vcons.js';
import { SavePlanner } from './save-planner.js';
import { SaveSteps } from './save-steps.js';
import { VconContents } from './vcon-contents.js';
import { VconDeletion } from './vcon-deletion.js';
import { VconIndexing } from './vcon-indexing.js';
import { VconJobs } from './vcon-jobs.js';
import { VconLock } from './vcon-lock.js';
import { placeOf } from './vcon-record.js';
import { VconReader } from './vcon-reader.js';
import { VconRecords } from './vcon-records.js';
import { VconAccounts } from './vcon-accounts.js';
import { VconSaver } from './vcon-saver.js';
import { VconSaving } from './vcon-saving.js';
import { VconSearch } from './vcon-search.js';
import { VconStorage } from './vcon-storage.js';
import { VconSweep } from './vcon-sweep.js';
import { VconThreads } from './vcon-threads.js';

@Module({
  imports: [JobsModule, NamedStoresModule, ObjectsModule, OpenaiModule],
  providers: [
    AuditLog,
    ConserverSource,
    RemovalRecords,
    Removals,
    RenderedVcons,
    SavePlanner,
    SaveSteps,
    TemporaryFiles,
    VconAccounts,
    VconContents,
    VconDeletion,
    VconIndexing,
    VconLock,
    VconReader,
    VconRecords,
    VconSaver,
    VconSaving,
    VconSearch,
    VconStorage,
    VconSweep,
    { provide: VconThreads, useFactory: () => new VconThreads() },
  ],
  exports: [RemovalRecords, VconDeletion, VconIndexing, VconReader, VconStorage, VconSweep],
})
export class VconStorageModule {
  constructor(keepers: ObjectKeepers, records: VconRecords, removals: RemovalRecords) {
    keepers.add('vcons', async function* () {
      for await (const record of records.all())
        for (const hash of [record.hash, record.attempt?.hash ?? ''])
          if (hash !== '') yield { place: placeOf(record), hash };
      // What is being removed is so with a receipt.
      for await (const removal of removals.all())
        for (const { kind, id } of removal.objects)
          if (kind === 'original') yield { place: placeOf(removal), hash: id };
    });
  }
}

@Module({ imports: [VconStorageModule], providers: [VconJobs] })
export class VconJobsModule {}
