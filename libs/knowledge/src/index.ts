// The face of the knowledge lib: originals of conversations and files, kept exactly, searchable, and provably gone.
export * from './objects/object-store.js';
export * from './vcon/vcon.js';
