// The face of the knowledge lib: originals of conversations and files, kept exactly, searchable, and provably gone.
export * from './objects/object-store.js';
export * from './vcon/vcon.js';
export { LocalObjectStore } from './objects/local-object-store.js';
export { ObjectsModule } from './objects/objects.module.js';
export { S3ObjectStore } from './objects/s3-object-store.js';
export { readVcon, VconError, type ReadOptions } from './vcon/read-vcon.js';
export { renderVcon } from './vcon/render-vcon.js';
export { textOf } from './vcon/text-of.js';
