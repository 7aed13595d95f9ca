// The object store that the configuration names. Needs KnowledgeConfig to be provided.
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { KnowledgeConfig } from '#config';
import { LocalObjectStore } from './local-object-store.js';
import { ObjectKeepers } from './object-keepers.js';
import { ObjectStore } from './object-store.js';
import { ObjectSweep } from './object-sweep.js';
import { S3ObjectStore } from './s3-object-store.js';

@Module({
  providers: [
    {
      provide: ObjectStore,
      inject: [KnowledgeConfig],
      useFactory: (config: KnowledgeConfig): ObjectStore =>
        config.storage === 's3' ? new S3ObjectStore(config) : new LocalObjectStore(config.directory),
    },
    ObjectKeepers,
    ObjectSweep,
  ],
  exports: [ObjectKeepers, ObjectStore, ObjectSweep],
})
export class ObjectsModule implements OnApplicationShutdown {
  constructor(@Inject(ObjectStore) private readonly store: ObjectStore) {}

  onApplicationShutdown(): void {
    if (this.store instanceof S3ObjectStore) this.store.close();
  }
}
