// The face of the knowledge lib: originals of conversations and files, kept exactly, searchable, and provably gone.
export { ChannelVcons, type StartedThread } from './channels/channel-vcons.js';
export { ChannelVconsModule } from './channels/channel-vcons.module.js';
export * from './objects/object-store.js';
export { isDone, REMOVABLE, type Removal, type RemovalObject, type VconReceipt } from './storage/removal.js';
export {
  PURPOSES,
  readUuid,
  SaveOptions,
  type AccountOptions,
  type Purpose,
} from './storage/vcon-options.js';
export { VCON_STATES, type VconRecord, type VconRef, type VconState } from './storage/vcon-record.js';
export type { Saved, SaveWish } from './storage/vcon-saver.js';
export type { VconMatch, VconQuery } from './storage/vcon-search.js';
export { VconJobsModule, VconStorageModule } from './storage/vcon-storage.module.js';
export { VconReader } from './storage/vcon-reader.js';
export { VconStorage } from './storage/vcon-storage.js';
export { VconSweep, type Orphan, type SweepReport } from './storage/vcon-sweep.js';
export { FILE_KINDS, type FileKind } from './files/file-kinds.js';
export { FILE_STATES, UPLOAD_PURPOSES, type FileRecord, type UploadPurpose } from './files/file-record.js';
export { Files, type NewFile } from './files/files.js';
export { FileJobsModule, FilesModule } from './files/files.module.js';
export * from './vcon/vcon.js';
export { LocalObjectStore } from './objects/local-object-store.js';
export { ObjectKeepers, type KeptObject } from './objects/object-keepers.js';
export { ObjectSweep, type ObjectSweepReport } from './objects/object-sweep.js';
export { ObjectsModule } from './objects/objects.module.js';
export { S3ObjectStore } from './objects/s3-object-store.js';
export { readVcon, VconError, type ReadOptions } from './vcon/read-vcon.js';
export { textOf } from './vcon/text-of.js';
export { STORE_STATES, type Attributes, type StoreRecord, type StoreState } from './stores/store-record.js';
export {
  INDEX_STATES,
  StoredFiles,
  type IndexedState,
  type StoredFile,
  type UploadOutcome,
} from './stores/stored-files.js';
export { StoreJobsModule, StoresModule } from './stores/stores.module.js';
export { VectorStores, type NewStore, type StoreHit, type StoreSearch } from './stores/vector-stores.js';
